export type Line = { readonly values: readonly number[]; readonly room: number }

/** Draws values as a line that ends at the right edge; `room` is how many would fill it. Colours come from the style. */
export function drawLine(canvas: HTMLCanvasElement, { values, room }: Line, padding = 4): void {
  const ratio = devicePixelRatio || 1
  const [width, height] = [canvas.clientWidth, canvas.clientHeight]
  if (width === 0 || height === 0) return
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio)
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio)
  const context = canvas.getContext('2d')
  if (context === null) return
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, width, height)
  if (values.length < 2) return
  const style = getComputedStyle(canvas)
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const x = (index: number) => width - 1 - ((values.length - 1 - index) / Math.max(1, room - 1)) * (width - 2)
  const y = (value: number) => padding + (1 - (value - low) / Math.max(1, high - low)) * (height - 2 * padding)
  context.beginPath()
  values.forEach((value, index) => {
    if (index === 0) context.moveTo(x(index), y(value))
    else context.lineTo(x(index), y(value))
  })
  context.lineWidth = 1.6
  context.lineJoin = 'round'
  context.strokeStyle = style.color
  context.stroke()
  context.lineTo(x(values.length - 1), height)
  context.lineTo(x(0), height)
  const fill = context.createLinearGradient(0, 0, 0, height)
  fill.addColorStop(0, style.color)
  fill.addColorStop(1, 'transparent')
  context.globalAlpha = 0.16
  context.fillStyle = fill
  context.fill()
  context.globalAlpha = 1
}

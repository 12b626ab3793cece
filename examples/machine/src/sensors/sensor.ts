/** How the numbers of a sensor are to be read and drawn. */
export type Unit = 'percent' | 'bytes' | 'bytes/s' | 'processes'

/** What the page needs to know to draw a sensor without knowing the sensor. */
export type SensorDescription = {
  name: string
  title: string
  unit: Unit
  /** One label per value of a reading, in the order of the values. */
  series: string[]
  /** Where the scale ends when that is a fact and not a matter of the data: 100 %, the memory fitted. */
  ceiling?: number
}

/** One thing that can be measured on this machine. */
export type Sensor = {
  description: SensorDescription
  /**
   * Takes one measurement. Rates and shares need two looks at a counter, so the first call of a sensor
   * may have nothing to say yet and returns `undefined`.
   */
  sample(): Promise<number[] | undefined>
}

/** Reads a whole text file. The sensors get it handed in, so that their tests can hand in a fixture. */
export type ReadText = (path: string) => Promise<string>

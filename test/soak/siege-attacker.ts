// The attacker of the siege, in a process of its own: told the name of an attack, it says what came of it.
import { besiege, catalogue, Target } from '@wirepact/cli/node'

const target = new Target(new URL(process.argv[2] as string), undefined, { method: 'exchange', input: undefined })
process.on('message', async (name: string) => {
  const attacks = catalogue.filter((each) => each.name === name)
  const [outcome] = await besiege(target, attacks, () => {})
  process.send?.(outcome)
})

import { describe, expect, it } from 'vitest'
import { diskSensor, parseDiskstats } from './disk.ts'
import { loadSensor } from './load.ts'
import { networkSensor, parseNetDev } from './network.ts'
import { ratesOf } from './rate.ts'

const DISKSTATS = `   7       0 loop0 12 0 900 0 0 0 0 0 0 0 0 0 0 0 0 0 0
   8       0 sda 100 0 2000 40 50 0 1000 20 0 60 60 0 0 0 0 0 0
   8       1 sda1 90 0 1900 40 50 0 1000 20 0 60 60 0 0 0 0 0 0
 259       0 nvme0n1 10 0 48 1 1 0 24 1 0 2 2 0 0 0 0 0 0
 259       1 nvme0n1p1 10 0 48 1 1 0 24 1 0 2 2 0 0 0 0 0 0
 254       0 vda 5 0 8 1 1 0 16 1 0 2 2
 253       0 dm-0 90 0 1900 40 50 0 1000 20 0 60 60 0 0 0 0 0 0
 253       0 zram0 1 0 8 1 1 0 8 1 0 2 2 0 0 0 0 0 0
`

const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3245      30    0    0    0     0          0         0     3245      30    0    0    0     0       0          0
  eth0: 409900416   12844    0    0    0     0          0         0   616682    6558    0    0    0     0       0          0
wlp2s0:1000       1    0    0    0     0          0         0   500    1    0    0    0     0       0          0
docker0: 77      1    0    0    0     0          0         0   77    1    0    0    0     0       0          0
veth12ab: 77      1    0    0    0     0          0         0   77    1    0    0    0     0       0          0
`

describe('a rate', () => {
  it('is the growth of a counter in a second, once there are two looks at it', () => {
    let now = 1000
    const rates = ratesOf(() => now)
    expect(rates([100, 5])).toBeUndefined()
    now = 1250
    expect(rates([350, 5])).toEqual([1000, 0])
  })

  it('is zero for a counter that was started again, not negative', () => {
    let now = 0
    const rates = ratesOf(() => now)
    rates([1_000_000])
    now = 1000
    expect(rates([10])).toEqual([0])
    now = 2000
    expect(rates([30])).toEqual([20])
  })

  it('cannot be told when no time passed', () => {
    const rates = ratesOf(() => 7)
    rates([1])
    expect(rates([2])).toBeUndefined()
  })
})

describe('/proc/diskstats', () => {
  it('counts whole disks only, in sectors of 512 bytes', () => {
    expect(parseDiskstats(DISKSTATS)).toEqual({
      disks: 3,
      read: (2000 + 48 + 8) * 512,
      written: (1000 + 24 + 16) * 512,
    })
  })

  it('becomes bytes per second', async () => {
    let now = 0
    const texts = [DISKSTATS, DISKSTATS.replace('2000 40', '2100 40')]
    const sensor = diskSensor(
      async () => texts.shift() ?? '',
      () => now,
    )
    expect(await sensor.sample()).toBeUndefined()
    now = 500
    expect(await sensor.sample()).toEqual([100 * 512 * 2, 0])
  })
})

describe('/proc/net/dev', () => {
  it('adds up the interfaces that lead out, with and without a space behind the colon', () => {
    expect(parseNetDev(NET_DEV)).toEqual({ received: 409901416, sent: 617182 })
  })

  it('becomes bytes per second', async () => {
    let now = 0
    const texts = [NET_DEV, NET_DEV.replace('wlp2s0:1000', 'wlp2s0:3000')]
    const sensor = networkSensor(
      async () => texts.shift() ?? '',
      () => now,
    )
    await sensor.sample()
    now = 2000
    expect(await sensor.sample()).toEqual([1000, 0])
  })
})

describe('the load sensor', () => {
  it('gives the three averages', async () => {
    expect(await loadSensor(() => [0.5, 0.25, 0.125]).sample()).toEqual([0.5, 0.25, 0.125])
  })
})

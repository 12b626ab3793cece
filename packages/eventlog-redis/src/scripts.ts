import { createHash } from 'node:crypto'

// Theory of operation
//
// All that happens to a topic happens in one of these scripts, which Redis runs one at a time, all or nothing. A topic is
// a hash (where it stands) and a stream (its records); with the key of a producer and of a dedupe key they are in one
// hash slot, so a cluster runs the scripts, too.
//
//   hash    e  epoch            h  offset of the newest record      r  who wrote last (master_replid)
//           i  incarnation      c  where each began, `2:95,3:120`   b  bytes retained     o  time of the oldest record
//           x  when the times to live were set last
//   stream  id `<offset>-<time in ms>`, field `d`
//
// Every script looks first whether the engine is the one that wrote last. Redis names "a given history of the data set"
// by its replication id, and takes a new one whenever it starts and whenever a replica is promoted. Under another name
// data may have been lost, so the topic begins a new epoch, which makes a typed gap of every position that was given out
// before. Only where the caller vouches for the disk (`durable`), the server keeps an append-only file and was not a
// replica before, the epoch goes on: the same data was loaded again. That beginning is noted (`c`), so that nodes which
// saw records beyond it notice if the promise was false.

const opening = `
local function text(n) return string.format('%.0f', n) end

local function time()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- A plain search from behind the first lines: patterns over all of it would be the dearest part of an append.
local function engine()
  local info = redis.call('INFO', 'replication')
  local at = string.find(info, 'master_replid:', 40, true)
  return { run = at and string.sub(info, at + 14, at + 53), info = info }
end

local function restarted(now)
  local promoted = not string.find(now.info, 'master_replid2:0+%s')
  return not promoted and string.find(redis.call('INFO', 'persistence'), 'aof_enabled:1', 1, true) ~= nil
end

local function open(state, records, now, epoch, durable, keep)
  local s = redis.call('HMGET', state, 'e', 'h', 'r', 'i', 'c', 'b', 'o', 'x')
  local topic = {
    epoch = s[1], head = tonumber(s[2]), incarnation = tonumber(s[4]) or 1, chain = s[5] or '',
    bytes = tonumber(s[6]) or 0, oldest = tonumber(s[7]) or 0, touched = tonumber(s[8]) or 0,
  }
  if topic.epoch and topic.head and s[3] == now.run then return topic end
  if topic.epoch and topic.head and durable == '1' and restarted(now) then
    topic.incarnation = topic.incarnation + 1
    topic.chain = string.sub(topic.chain .. ',' .. topic.incarnation .. ':' .. text(topic.head), -400)
  else
    topic.epoch, topic.head, topic.incarnation, topic.chain, topic.bytes = epoch, topic.head or 0, 1, '', 0
    redis.call('DEL', records)
  end
  topic.touched = time()
  redis.call('HSET', state, 'e', topic.epoch, 'h', text(topic.head), 'r', now.run, 'i', topic.incarnation,
    'c', topic.chain, 'b', text(topic.bytes), 'x', text(topic.touched))
  redis.call('PEXPIRE', state, keep)
  return topic
end
`

// KEYS state records producer [dedupe]
// ARGV epoch durable keep | slot seq data | maxRecords maxBytes ageMs producerMs dedupeMs | publish channel
const append = `${opening}
local topic = open(KEYS[1], KEYS[2], engine(), ARGV[1], ARGV[2], ARGV[3])
local slot, seq, data = ARGV[4], tonumber(ARGV[5]), ARGV[6]
local maxRecords, maxBytes, age = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])

-- What this producer last did in this slot: the same append again, or one that was given up long ago.
local last = redis.call('HGET', KEYS[3], slot)
if last then
  local lastSeq, epoch, offset = string.match(last, '^(%d+):([^:]*):(%d+)$')
  if tonumber(lastSeq) == seq and epoch == topic.epoch then return { topic.epoch, tonumber(offset), topic.incarnation } end
  if tonumber(lastSeq) and tonumber(lastSeq) > seq then return redis.error_reply('STALE the append was given up') end
end
if KEYS[4] then
  local first = redis.call('GET', KEYS[4])
  local epoch, offset = string.match(first or '', '^([^:]*):(%d+)$')
  if epoch == topic.epoch and tonumber(offset) <= topic.head then
    return { topic.epoch, tonumber(offset), topic.incarnation }
  end
end

local now = time()
local head = text(topic.head + 1)
redis.call('XADD', KEYS[2], head .. '-' .. text(now), 'd', data)
local count = redis.call('XLEN', KEYS[2])
-- All of them were past their age, and went.
if count == 1 then topic.bytes, topic.oldest = 0, now end
topic.bytes = topic.bytes + #data + 128

-- A little more than the bounds is kept, so that it is seldom that something has to be dropped.
if count * 8 > maxRecords * 9 or topic.bytes > maxBytes or now - topic.oldest > age * 1.125 then
  local room = topic.bytes > maxBytes and maxBytes * 0.875 or maxBytes
  local more = true
  while more do
    local part, kept = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 64), nil
    more = false
    for _, entry in ipairs(part) do
      local at = tonumber(string.match(entry[1], '%-(%d+)$'))
      if count > 1 and (count > maxRecords or topic.bytes > room or now - at > age) then
        count, topic.bytes, more = count - 1, topic.bytes - #(entry[2][2] or '') - 128, true
      else
        kept, topic.oldest, more = entry[1], at, false
        break
      end
    end
    kept = kept or (#part > 0 and string.match(part[#part][1], '^%d+') .. '-18446744073709551615')
    if kept then redis.call('XTRIM', KEYS[2], 'MINID', kept) end
  end
end

redis.call('HSET', KEYS[1], 'h', head, 'b', text(topic.bytes), 'o', text(topic.oldest))
if now - topic.touched > age / 4 or count == 1 then
  redis.call('HSET', KEYS[1], 'x', text(now))
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
  redis.call('PEXPIRE', KEYS[2], text(age * 1.5))
end
redis.call('HSET', KEYS[3], slot, text(seq) .. ':' .. topic.epoch .. ':' .. head)
if redis.call('PTTL', KEYS[3]) < ARGV[10] / 2 then redis.call('PEXPIRE', KEYS[3], ARGV[10]) end
if KEYS[4] then redis.call('SET', KEYS[4], topic.epoch .. ':' .. head, 'PX', ARGV[11]) end
redis.call(ARGV[12], ARGV[13], topic.epoch .. ' ' .. head .. ' ' .. topic.incarnation .. '\\n' .. data)
return { topic.epoch, topic.head + 1, topic.incarnation }
`

// KEYS state records; ARGV epoch durable keep | afterEpoch afterOffset maxRecords maxBytes
const read = `${opening}
local topic = open(KEYS[1], KEYS[2], engine(), ARGV[1], ARGV[2], ARGV[3])
local from, maxRecords, maxBytes = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local answer = { topic.epoch, topic.head, topic.incarnation, topic.chain }
local function gap(reason, to)
  answer[5], answer[6] = reason, to
  return answer
end
if ARGV[4] ~= topic.epoch then return gap('epoch', topic.head) end
if from > topic.head then return gap('ahead', topic.head) end
gap('', from)
local bytes, count, size = 0, 0, 16
while from < topic.head and count < maxRecords do
  local part = redis.call('XRANGE', KEYS[2], text(from + 1) .. '-0', '+', 'COUNT', size)
  for _, entry in ipairs(part) do
    local offset, data = tonumber(string.match(entry[1], '^%d+')), entry[2][2] or ''
    -- What nobody appended is not ours.
    if not offset or offset > topic.head then break end
    if offset ~= from + 1 then
      if count > 0 then return answer end
      gap('trimmed', offset - 1)
    end
    bytes = bytes + #data
    if count == maxRecords or (bytes > maxBytes and count > 0) then return answer end
    count, from = count + 1, offset
    answer[6 + count] = data
  end
  if #part < size then break end
  if size < 256 then size = size * 2 end
end
if count == 0 and from < topic.head then gap('trimmed', topic.head) end
return answer
`

// KEYS state records …; ARGV epoch durable keep
const heads = `${opening}
local now, time, answer = engine(), time(), {}
for i = 1, #KEYS, 2 do
  local topic = open(KEYS[i], KEYS[i + 1], now, ARGV[1], ARGV[2], ARGV[3])
  if time - topic.touched > ARGV[3] / 4 then
    redis.call('HSET', KEYS[i], 'x', text(time))
    redis.call('PEXPIRE', KEYS[i], ARGV[3])
  end
  for _, each in ipairs({ topic.epoch, topic.head, topic.incarnation, topic.chain }) do answer[#answer + 1] = each end
end
return answer
`

// KEYS state records; ARGV epoch | expected
const renew = `
if redis.call('HGET', KEYS[1], 'e') ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'e', ARGV[1], 'i', 1, 'c', '', 'b', 0)
return 1
`

/** A Lua script, and the name under which an engine that has seen it runs it again. */
export interface Script {
  readonly text: string
  readonly sha: string
}

/** What is done to topics, each in one step. */
export interface Scripts {
  readonly append: Script
  readonly read: Script
  readonly heads: Script
  /** Begins a new epoch, where the one that is known is still the topic's. */
  readonly renew: Script
}

export function scripts(): Scripts {
  return { append: script(append), read: script(read), heads: script(heads), renew: script(renew) }
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

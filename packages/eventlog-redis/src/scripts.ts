import { createHash } from 'node:crypto'

// Theory of operation
//
// All that happens to a topic happens in one of these scripts, which Redis runs one at a time, all or nothing. A topic is
// a hash (where it stands) and a stream (its records); with the key of a producer and of a dedupe key they are in one
// hash slot, so a cluster runs the scripts, too.
//
//   hash    e  epoch            h  offset of the newest record      r  who wrote last (master_replid)
//           i  incarnation      c  where each began, `2:95,3:120`   b  bytes retained
//           x  when to look next for what is too old, and to renew the times to live
//   stream  id `<offset>-<time in ms>`, field `d`
//
// Every script looks first whether the engine is the one that wrote last. Redis names "a given history of the data set"
// by its replication id, and takes a new one whenever it starts and whenever a replica is promoted. Under another name
// data may have been lost, so the topic begins a new epoch, which makes a typed gap of every position that was given out
// before. Only where the caller vouches for the disk (`durable`), the server keeps an append-only file and was not a
// replica before, the epoch goes on: the same data was loaded again. That beginning is noted (`c`), so that nodes which
// saw records beyond it notice if the promise was false.

// An append is what Redis does most of all, so it is written for it: numbers are formatted as integers, bounds are part of
// the text, and what is seldom needed is not read. (218,000 instructions became 170,000.)

const opening = (keepMs: number) => `
local function text(n) return string.format('%d', n) end

local function time()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- A plain search from behind the first lines: a pattern over all of it would be the dearest part of an append.
local function engine()
  local info = redis.call('INFO', 'replication')
  local at = string.find(info, 'master_replid:', 40, true)
  return at and string.sub(info, at + 14, at + 53), info
end

local function restarted(info)
  local promoted = not string.find(info, 'master_replid2:0+%s')
  return not promoted and string.find(redis.call('INFO', 'persistence'), 'aof_enabled:1', 1, true) ~= nil
end

-- Answers epoch, head, incarnation, bytes, and when to look after it.
local function open(state, records, run, info, fresh, durable)
  local s = redis.call('HMGET', state, 'e', 'h', 'r', 'i', 'b', 'x')
  local epoch, head, incarnation, bytes = s[1], tonumber(s[2]), tonumber(s[4]) or 1, tonumber(s[5]) or 0
  if epoch and head and s[3] == run then return epoch, head, incarnation, bytes, tonumber(s[6]) or 0 end
  local chain = ''
  if epoch and head and durable == '1' and restarted(info) then
    incarnation = incarnation + 1
    chain = (redis.call('HGET', state, 'c') or '') .. ',' .. text(incarnation) .. ':' .. text(head)
    chain = string.sub(chain, -400)
  else
    epoch, head, incarnation, bytes = fresh, head or 0, 1, 0
    redis.call('DEL', records)
  end
  redis.call('HSET', state, 'e', epoch, 'h', text(head), 'r', run, 'i', text(incarnation), 'c', chain,
    'b', text(bytes), 'x', '0')
  redis.call('PEXPIRE', state, ${keepMs})
  return epoch, head, incarnation, bytes, 0
end

local function chainOf(state, incarnation)
  return incarnation > 1 and redis.call('HGET', state, 'c') or ''
end
`

// KEYS state records producer [dedupe]
// ARGV fresh durable | slot seq data channel; `seq` has always 16 digits, so that its order is that of text
const append = ({ maxRecords, maxBytes, ageMs, keepMs, dedupeMs, publish }: ScriptBounds) => `${opening(keepMs)}
local run, info = engine()
local epoch, head, incarnation, bytes, due = open(KEYS[1], KEYS[2], run, info, ARGV[1], ARGV[2])
local seq, data = ARGV[4], ARGV[5]

-- What this producer last did in this slot: the same append again, or one that was given up long ago.
local last = redis.call('HGET', KEYS[3], ARGV[3])
if last and string.sub(last, 1, 16) >= seq then
  local lastSeq, lastEpoch, offset = string.match(last, '^(%d+):([^:]*):(%d+)$')
  if lastSeq ~= seq then return redis.error_reply('STALE the append was given up') end
  if lastEpoch == epoch then return { epoch, tonumber(offset), incarnation } end
end
if KEYS[4] then
  local firstEpoch, offset = string.match(redis.call('GET', KEYS[4]) or '', '^([^:]*):(%d+)$')
  if firstEpoch == epoch and tonumber(offset) <= head then return { epoch, tonumber(offset), incarnation } end
end

local now = time()
head = head + 1
local place = text(head)
redis.call('XADD', KEYS[2], place .. '-' .. text(now), 'd', data)
local count = redis.call('XLEN', KEYS[2])
-- All the others were past their age, and went.
if count == 1 then bytes = 0 end
bytes = bytes + #data + 128

-- A little more than the bounds is kept, so that it is seldom that something has to be dropped.
if now >= due or count > ${Math.ceil(maxRecords * 1.125)} or bytes > ${maxBytes} then
  local room = bytes > ${maxBytes} and ${Math.floor(maxBytes * 0.875)} or ${maxBytes}
  local oldest, more = now, count > 1
  while more do
    local part, kept = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 64), nil
    more = false
    for _, entry in ipairs(part) do
      local at = tonumber(string.match(entry[1], '%-(%d+)$'))
      if count > 1 and (count > ${maxRecords} or bytes > room or now - at > ${ageMs}) then
        count, bytes, more = count - 1, bytes - #(entry[2][2] or '') - 128, true
      else
        kept, oldest, more = entry[1], at, false
        break
      end
    end
    kept = kept or (#part > 0 and string.match(part[#part][1], '^%d+') .. '-18446744073709551615')
    if kept then redis.call('XTRIM', KEYS[2], 'MINID', kept) end
  end
  due = math.min(oldest + ${Math.ceil(ageMs * 1.125)}, now + ${Math.ceil(ageMs / 4)})
  redis.call('HSET', KEYS[1], 'x', text(due))
  redis.call('PEXPIRE', KEYS[1], ${keepMs})
  redis.call('PEXPIRE', KEYS[2], ${Math.ceil(ageMs * 1.5)})
end

redis.call('HSET', KEYS[1], 'h', place, 'b', text(bytes))
redis.call('HSET', KEYS[3], ARGV[3], seq .. ':' .. epoch .. ':' .. place)
if redis.call('PTTL', KEYS[3]) < ${producerMs / 2} then redis.call('PEXPIRE', KEYS[3], ${producerMs}) end
if KEYS[4] then redis.call('SET', KEYS[4], epoch .. ':' .. place, 'PX', ${dedupeMs}) end
redis.call('${publish}', ARGV[6], epoch .. ' ' .. place .. ' ' .. text(incarnation) .. '\\n' .. data)
return { epoch, head, incarnation }
`

// KEYS state records; ARGV fresh durable | afterEpoch afterOffset maxRecords maxBytes
const read = ({ keepMs }: ScriptBounds) => `${opening(keepMs)}
local run, info = engine()
local epoch, head, incarnation = open(KEYS[1], KEYS[2], run, info, ARGV[1], ARGV[2])
local from, maxRecords, maxBytes = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local answer = { epoch, head, incarnation, chainOf(KEYS[1], incarnation) }
local function gap(reason, to)
  answer[5], answer[6] = reason, to
  return answer
end
if ARGV[3] ~= epoch then return gap('epoch', head) end
if from > head then return gap('ahead', head) end
gap('', from)
local bytes, count, size = 0, 0, 16
while from < head and count < maxRecords do
  local part = redis.call('XRANGE', KEYS[2], text(from + 1) .. '-0', '+', 'COUNT', size)
  for _, entry in ipairs(part) do
    local offset, data = tonumber(string.match(entry[1], '^%d+')), entry[2][2] or ''
    -- What nobody appended is not ours.
    if not offset or offset > head then break end
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
if count == 0 and from < head then gap('trimmed', head) end
return answer
`

// KEYS state records …; ARGV fresh durable
const heads = ({ keepMs }: ScriptBounds) => `${opening(keepMs)}
local run, info = engine()
local answer = {}
for i = 1, #KEYS, 2 do
  local epoch, head, incarnation = open(KEYS[i], KEYS[i + 1], run, info, ARGV[1], ARGV[2])
  if redis.call('PTTL', KEYS[i]) < ${keepMs / 2} then redis.call('PEXPIRE', KEYS[i], ${keepMs}) end
  for _, each in ipairs({ epoch, head, incarnation, chainOf(KEYS[i], incarnation) }) do answer[#answer + 1] = each end
end
return answer
`

// KEYS state records; ARGV fresh | expected
const renew = `
if redis.call('HGET', KEYS[1], 'e') ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'e', ARGV[1], 'i', '1', 'c', '', 'b', '0')
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
  /** As `heads`, for what is never forgotten. */
  readonly history: Script
  /** Begins a new epoch, where the one that is known is still the topic's. */
  readonly renew: Script
}

/** What is written into the scripts: numbers that are the same for all topics of a log. */
export interface ScriptBounds {
  readonly maxRecords: number
  readonly maxBytes: number
  readonly ageMs: number
  readonly keepMs: number
  readonly dedupeMs: number
  readonly publish: 'PUBLISH' | 'SPUBLISH'
}

export function scripts(bounds: ScriptBounds): Scripts {
  return {
    append: script(append(bounds)),
    read: script(read(bounds)),
    heads: script(heads(bounds)),
    history: script(heads({ ...bounds, keepMs: historyMs })),
    renew: script(renew),
  }
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}

/** How long the engine remembers what a producer did last: far longer than any request is repeated. */
const producerMs = 3_600_000
/** About 30 years. */
const historyMs = 1e12

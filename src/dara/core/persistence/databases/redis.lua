-- Records of Dara in Redis. KEYS[1] is the hash of a record; '<key>:log' is a list of its latest commits, each as
-- 'SIZE JSON', the last one that of the present version; '<key>:receipts' is a hash of the latest receipt of each
-- writer. A list takes a tenth of the memory of a short stream. '{NAME:}:outside' is a stream of the latest commits past
-- the stores. redis_scripts.py adds the entry points.

local LOG_COMMITS, LOG_BYTES, TRIM_EVERY, PAGE, OUTSIDE_COMMITS = 1000, 256 * 1024, 50, 50, 10000
local FIELDS = {'epoch', 'version', 'tip', 'snapshot', 'size', 'instance', 'turn', 'until'}

local function read(key)
  local found = redis.call('HMGET', key, unpack(FIELDS))
  local record = {key = key, log = key .. ':log', receipts = key .. ':receipts'}
  for i, field in ipairs(FIELDS) do record[field] = found[i] or '' end
  for _, field in ipairs({'version', 'snapshot', 'size', 'until'}) do record[field] = tonumber(record[field]) or 0 end
  record.present = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
  return record
end

local function json_of(entry)
  return string.sub(entry, string.find(entry, ' ', 1, true) + 1)
end

-- Removes the commits from the log that are older than the last snapshot and than the bounds.
local function trim(record)
  local count, removed, is_done = redis.call('LLEN', record.log), 0, false
  local removable = count - (record.version - record.snapshot)
  while not is_done do
    local page = redis.call('LRANGE', record.log, removed, removed + PAGE - 1)
    for _, entry in ipairs(page) do
      is_done = removed >= removable or (count - removed <= LOG_COMMITS and record.size <= LOG_BYTES)
      if is_done then break end
      removed, record.size = removed + 1, record.size - tonumber(string.match(entry, '^%d+'))
    end
    is_done = is_done or #page < PAGE
  end
  if removed > 0 then redis.call('LTRIM', record.log, removed, -1) end
end

-- Notes a commit past the stores in a stream for all listeners, and returns its name, which is also that of a channel.
local function note_outside(record, tip)
  if not string.find(tip, 'outside:', 1, true) then return nil end
  local stream = string.match(record.key, '^{[^:]*:') .. '}:outside'
  redis.call('XADD', stream, 'MAXLEN', '~', OUTSIDE_COMMITS, '*', record.key, tip)
  return stream
end

-- Commits an update; `fields` are further fields of the hash with their values.
local function append(record, commit, fields)
  local stream = note_outside(record, commit.tip)
  if record.tip == '' then redis.call('DEL', record.log, record.receipts) end -- of a record that was deleted by hand
  record.epoch, record.version, record.tip = commit.epoch, commit.version, commit.tip
  record.instance, record.size = record.present, record.size + commit.size
  redis.call('RPUSH', record.log, commit.size .. ' ' .. commit.update)
  if record.version % TRIM_EVERY == 0 then trim(record) end
  redis.call(
    'HSET', record.key, 'epoch', record.epoch, 'version', record.version, 'tip', record.tip, 'size', record.size,
    'instance', record.instance, 'until', 0, unpack(fields)
  )
  if commit.is_silent then return end
  redis.call('PUBLISH', record.key, commit.update)
  if stream then redis.call('PUBLISH', stream, '') end
end

-- Begins an epoch if commits may have been lost: the last one was made in another instance of the database.
local function renew(record)
  if record.tip == '' or record.instance == record.present then return end
  local epoch = string.sub(redis.sha1hex(record.present .. record.epoch .. record.tip), 1, 16)
  local commit = {epoch = epoch, version = record.version + 1, tip = 'epoch:' .. epoch, size = 0}
  commit.update = cjson.encode({record.tip, commit.tip, {epoch, commit.version}}) -- an empty list would be an object
  commit.update = string.sub(commit.update, 1, -2) .. ',[],[]]'
  append(record, commit, {})
end

-- Returns the commits after a tip, of which `start` is how the JSON of the first begins; nil if they are not all there.
local function since(record, tip, start)
  local newest_first, count = {}, 16
  while tip ~= record.tip do
    local last = -1 - #newest_first
    local page = redis.call('LRANGE', record.log, last - count + 1, last)
    for i = #page, 1, -1 do
      local update = json_of(page[i])
      newest_first[#newest_first + 1] = update
      if string.sub(update, 1, #start) == start then tip = record.tip break end
    end
    if tip ~= record.tip and #page < count then return nil end
    count = 256
  end
  local updates = {}
  for i = #newest_first, 1, -1 do updates[#updates + 1] = newest_first[i] end
  return updates
end

local function now()
  local time = redis.call('TIME')
  return tonumber(time[1]), tonumber(time[2])
end

-- Returns nil, or a conflict: whether it is another server's turn, and the commits since the expected tip.
local function refuse(record, server, has_turn, base, start)
  local is_anothers = false
  if has_turn or record['until'] > 0 then
    local seconds, microseconds = now()
    local milliseconds = seconds * 1000 + math.floor(microseconds / 1000)
    is_anothers = record['until'] > milliseconds and record.turn ~= server
    if has_turn and not is_anothers then
      redis.call('HSET', record.key, 'turn', server, 'until', string.format('%d', milliseconds + 50))
    end
  end
  if base == record.tip and not is_anothers then return nil end
  return {is_anothers and 1 or 0, since(record, base, start) or false}
end

-- ARGV: server, has turn, is silent, base, start of an update after it, tip, epoch, version, update, size, the value as
-- JSON or '', 'value' if it is to be stored or 'absence' or 'nothing', then each writer and receipt.
local function commit(key, arguments)
  local server, has_turn, is_silent, base, start = unpack(arguments, 1, 5)
  local tip, epoch, version, update, size, value, stores = unpack(arguments, 6, 12)
  local record = read(key)
  renew(record)
  local conflict = refuse(record, server, has_turn == '1', base, start)
  if conflict then return conflict end
  redis.call('HLEN', record.receipts) -- fails if that is no hash, while nothing is stored yet
  local fields = {}
  if stores ~= 'nothing' then
    record.snapshot = tonumber(version)
    fields = {'snapshot', version}
  end
  if stores == 'value' then fields = {'snapshot', version, 'value', value} end
  append(record, {
    tip = tip, epoch = epoch, version = tonumber(version), update = update, size = size, is_silent = is_silent == '1',
  }, fields)
  if stores == 'absence' then redis.call('HDEL', key, 'value') end
  local seconds = now()
  for i = 13, #arguments, 2 do
    redis.call('HSET', record.receipts, arguments[i], seconds .. ' ' .. arguments[i + 1])
  end
  return nil
end

-- Returns epoch, version, tip, snapshot, its version, and all commits in the log.
local function load(key)
  local record = read(key)
  renew(record)
  local value, updates = redis.call('HGET', key, 'value'), {}
  if record.tip ~= '' then
    for i, entry in ipairs(redis.call('LRANGE', record.log, 0, -1)) do updates[i] = json_of(entry) end
  end
  return {record.epoch, record.version, record.tip, value, record.snapshot, updates}
end

-- ARGV: a tip, and the start of an update after it. Returns the commits after it.
local function updates(key, arguments)
  local record = read(key)
  renew(record)
  return since(record, arguments[1], arguments[2]) or false
end

-- ARGV: a tip, its value as JSON, and 'value' or 'absence'. Stores a snapshot if the tip is still the present one.
local function store(key, arguments)
  local record = read(key)
  if record.tip ~= arguments[1] then return end
  redis.call('HSET', key, 'snapshot', record.version)
  if arguments[3] == 'value' then redis.call('HSET', key, 'value', arguments[2]) else redis.call('HDEL', key, 'value') end
end

-- ARGV: seconds. Removes the receipts that are older, of a random sample; returns whether many were.
local function sweep(key, arguments)
  local sample = redis.call('HRANDFIELD', key .. ':receipts', 100, 'WITHVALUES')
  local oldest, removed = now() - tonumber(arguments[1]), 0
  for i = 1, #sample, 2 do
    if tonumber(string.match(sample[i + 1], '^%d+')) < oldest then
      removed = removed + redis.call('HDEL', key .. ':receipts', sample[i])
    end
  end
  return removed > 25 and 1 or 0
end

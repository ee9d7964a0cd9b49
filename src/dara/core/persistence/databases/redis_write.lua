-- The functions that other programs call: FCALL dara_write 1 '{dara:KEY}' JSON, FCALL dara_delete 1 '{dara:KEY}'.

local function is_number(token)
  local rest = string.match(token, '^%-?0(.*)$') or string.match(token, '^%-?[1-9]%d*(.*)$')
  rest = rest and (string.match(rest, '^%.%d+(.*)$') or rest)
  rest = rest and (string.match(rest, '^[eE][+-]?%d+(.*)$') or rest)
  return rest == '' and math.abs(tonumber(token)) < math.huge
end

local function is_utf8(text)
  if not string.find(text, '[\128-\255]') then return true end
  for _, sequence in ipairs({
    '[\194-\223][\128-\191]', '\224[\160-\191][\128-\191]', '[\225-\236\238\239][\128-\191][\128-\191]',
    '\237[\128-\159][\128-\191]', '\240[\144-\191][\128-\191][\128-\191]',
    '[\241-\243][\128-\191][\128-\191][\128-\191]', '\244[\128-\143][\128-\191][\128-\191]',
  }) do
    text = string.gsub(text, sequence, ' ')
  end
  return not string.find(text, '[\128-\255]')
end

-- Returns whether a text is JSON. The decoder of Redis alone allows numbers and characters that JSON has not.
local function is_json(text)
  if not pcall(cjson.decode, text) or not is_utf8(text) then return false end
  local outside = string.gsub(string.gsub(text, '\\.', ''), '"[^"%z\1-\31]*"', ' ')
  if string.find(outside, '["%z\1-\8\11\12\14-\31]') then return false end
  for token in string.gmatch(outside, '[^%s%[%]{},:]+') do
    if token ~= 'true' and token ~= 'false' and token ~= 'null' and not is_number(token) then return false end
  end
  return true
end

local function write_from_outside(key, value)
  if not string.match(key, '^{[^{}:]+:[^{}]*}$') then
    return redis.error_reply('ERR the key of a value is {NAME:KEY}, with %, { and } in KEY written %25, %7B and %7D')
  end
  local record = read(key)
  renew(record)
  local seconds, microseconds = now()
  local tip = 'outside:' .. redis.sha1hex(table.concat({record.present, record.tip, key, seconds, microseconds}, ' '))
  local epoch = record.epoch ~= '' and record.epoch or string.sub(redis.sha1hex(tip), 1, 16)
  local version = string.format('%d', record.version + 1)
  local head = string.sub(cjson.encode({record.tip, tip, {epoch, record.version + 1}}), 1, -2)
  local update = head .. ',{' .. (value and '"value":' .. value or '') .. '},[]]'
  local fields = {'snapshot', version}
  if value then fields = {'snapshot', version, 'value', value} end
  record.snapshot = record.version + 1
  append(record, {
    tip = tip, epoch = epoch, version = record.version + 1, update = update, size = value and #value or 0,
  }, fields)
  if not value then redis.call('HDEL', key, 'value') end
  return redis.status_reply('OK')
end

redis.register_function('dara_write', function(keys, arguments)
  if #keys ~= 1 or #arguments ~= 1 or not is_json(arguments[1]) then
    return redis.error_reply('ERR dara_write needs one key and one value as JSON')
  end
  return write_from_outside(keys[1], arguments[1])
end)

redis.register_function('dara_delete', function(keys)
  if #keys ~= 1 then return redis.error_reply('ERR dara_delete needs one key') end
  return write_from_outside(keys[1], nil)
end)

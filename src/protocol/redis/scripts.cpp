#include "protocol/redis/scripts.hpp"

#include <openssl/sha.h>

#include <string_view>

namespace tandem::protocol::redis {
namespace {

constexpr std::string_view framed_test = R"(
local function framed(s) return #s >= 14 and s:find('^\158[\1\2]') ~= nil end
)";

constexpr std::string_view plain_test = R"(
local function framed(s) return false end
)";

// A stamp is what a frame says of its cas: the version, \1 for a cas of the proxy's making, else \2; then the cas.
// with_value: what is stored when an item gets a new value. A string that somebody else wrote stays bare,
// unless it would then pass for a frame.
constexpr std::string_view common = R"(
local key = KEYS[1]
local function status(word) return {ok = word} end
local function hex(s) return (s:gsub('.', function(c) return string.format('%02x', c:byte()) end)) end
local function cas_of(s)
  if framed(s) then return hex(s:sub(7, 14)) end
  local digits = redis.sha1hex(s):sub(1, 16)
  return digits == '0000000000000000' and '0000000000000001' or digits
end
local function told(outcome, number, cas)
  local answer = {outcome}
  if number then table.insert(answer, number) end
  if cas then table.insert(answer, cas) end
  return #answer == 1 and outcome or answer
end
-- Of what a command has made: the caller knows the cas of a frame.
local function told_cas(item, wanted) return wanted ~= '' and not framed(item) and cas_of(item) end
local function value_of(s) return framed(s) and s:sub(15) or s end
local function frame(flags, stamp, value) return '\158' .. stamp:sub(1, 1) .. flags .. stamp:sub(2) .. value end
local function with_value(s, value, stamp)
  if framed(s) then return frame(s:sub(3, 6), stamp, value) end
  if framed(value) then return frame('\0\0\0\0', stamp, value) end
  return value
end
local function has_no_room(s, stamp) return stamp:sub(1, 1) == '\2' and not framed(s) end
local function renew(command, time)
  if time == '' then redis.call(command, key) else redis.call(command, key, time) end
end
local function store(item, unit, time)
  if unit then redis.call('SET', key, item, unit, time) else redis.call('SET', key, item) end
  return status('OK')
end
)";

constexpr std::string_view extension = R"(
local function extended(size, cas) return told(status('OK'), ARGV[6] == 'size' and size, cas) end
-- Of an item whose string has so many bytes, with what is added to its value.
local function too_large(s, size) return size - (framed(s) and 14 or 0) + #ARGV[1] > tonumber(ARGV[5]) end
local function made()
  if not ARGV[7] then return status('NOT_STORED') end
  local item = ARGV[7] .. ARGV[1]
  store(item, ARGV[8], ARGV[9])
  return extended(#ARGV[1], told_cas(item, ARGV[4]))
end
)";

// In place, so that a long value is not copied.
constexpr std::string_view append_body = R"(
local head = redis.call('GETRANGE', key, 0, 13)
if head == '' and redis.call('EXISTS', key) == 0 then return made() end
if ARGV[3] ~= '' then
  local known = framed(head) and head or redis.call('GET', key)
  if cas_of(known) ~= ARGV[3] then return status('EXISTS') end
end
if has_no_room(head, ARGV[2]) then return status('BARE') end
if too_large(head, redis.call('STRLEN', key)) then return status('NOT_STORED') end
if framed(head) then
  redis.call('SETRANGE', key, 0, frame(head:sub(3, 6), ARGV[2], ''))
  return extended(redis.call('APPEND', key, ARGV[1]) - 14)
end
if framed(head .. ARGV[1]) then
  local value = redis.call('GET', key) .. ARGV[1]
  redis.call('SET', key, with_value(head, value, ARGV[2]), 'KEEPTTL')
  return extended(#value)
end
local size = redis.call('APPEND', key, ARGV[1])
return extended(size, ARGV[4] ~= '' and cas_of(redis.call('GET', key)))
)";

constexpr std::string_view prepend_body = R"(
local raw = redis.call('GET', key)
if not raw then return made() end
if ARGV[3] ~= '' and cas_of(raw) ~= ARGV[3] then return status('EXISTS') end
if has_no_room(raw, ARGV[2]) then return status('BARE') end
if too_large(raw, #raw) then return status('NOT_STORED') end
local value = ARGV[1] .. value_of(raw)
local item = with_value(raw, value, ARGV[2])
redis.call('SET', key, item, 'KEEPTTL')
return extended(#value, told_cas(item, ARGV[4]))
)";

constexpr std::string_view compare_and_set_body = R"(
local raw = redis.call('GET', key)
if not raw then return status('NOT_FOUND') end
if cas_of(raw) ~= ARGV[1] then return status('EXISTS') end
return store(ARGV[2], ARGV[3], ARGV[4])
)";

// Lua's numbers are exact to 2^53 only, so a number is two: its last ten digits, and those before.
// 2^64 is 1844674407 and 3709551616. What counts as a number is what strtoull takes; as in memcached, a
// number never gets shorter, but is padded with spaces.
constexpr std::string_view count_body = R"(
local unit = 10000000000
local function split(digits) return tonumber(digits:sub(1, -11)) or 0, tonumber(digits:sub(-10)) end
local function joined(high, low)
  if high == 0 then return string.format('%.0f', low) end
  return string.format('%.0f%010.0f', high, low)
end
local function number_of(value)
  local sign, digits, rest = value:match('^%s*([+-]?)(%d+)(.?)')
  if not digits or not (rest == '' or rest == '\0' or rest:match('%s')) then return nil end
  digits = digits:gsub('^0+', '')
  if digits == '' then return '0' end
  if sign == '-' or #digits > 20 then return nil end
  if #digits == 20 and digits > '18446744073709551615' then return nil end
  return digits
end
local function added(a, b)
  local high, low = split(a)
  local high_delta, low_delta = split(b)
  high, low = high + high_delta, low + low_delta
  if low >= unit then high, low = high + 1, low - unit end
  if high > 1844674407 or (high == 1844674407 and low >= 3709551616) then
    high, low = high - 1844674407, low - 3709551616
    if low < 0 then high, low = high - 1, low + unit end
  end
  return joined(high, low)
end
local function subtracted(a, b)
  local high, low = split(a)
  local high_delta, low_delta = split(b)
  high, low = high - high_delta, low - low_delta
  if low < 0 then high, low = high - 1, low + unit end
  return high < 0 and '0' or joined(high, low)
end

local before = ARGV[7] == 'before' and redis.call('PTTL', key)
local function counted(outcome, item)
  local ttl = ARGV[7] ~= '' and (before or redis.call('PTTL', key))
  return told(outcome, ttl, told_cas(item, ARGV[8]))
end

local raw = redis.call('GET', key)
if not raw and not ARGV[9] then return status('NOT_FOUND') end
if not raw then return counted(store(ARGV[9], ARGV[10], ARGV[11]), ARGV[9]) end
local value = value_of(raw)
if value == '' then return status('NON_NUMERIC') end
if ARGV[4] ~= '' and cas_of(raw) ~= ARGV[4] then return status('EXISTS') end
local number = number_of(value)
if not number then return status('NON_NUMERIC') end
if has_no_room(raw, ARGV[3]) then return status('BARE') end
number = ARGV[1] == '+' and added(number, ARGV[2]) or subtracted(number, ARGV[2])
local padded = number .. string.rep(' ', #value - #number)
local item = with_value(raw, padded, ARGV[3])
redis.call('SET', key, item, 'KEEPTTL')
if ARGV[5] ~= '' then renew(ARGV[5], ARGV[6]) end
return counted(number, item)
)";

constexpr std::string_view touch_body = R"(
local held = redis.call('TYPE', key).ok
if held == 'none' then return status('NOT_FOUND') end
if held ~= 'string' then return redis.error_reply('WRONGTYPE the key holds no string') end
if ARGV[3] ~= '' and cas_of(redis.call('GET', key)) ~= ARGV[3] then return status('EXISTS') end
renew(ARGV[1], ARGV[2])
return status('OK')
)";

constexpr std::string_view remove_body = R"(
local function bytes_of(digits)
  return (digits:gsub('..', function(two) return string.char(tonumber(two, 16)) end))
end
local function stamp_of(s)
  if framed(s) then return s:sub(2, 2) .. s:sub(7, 14) end
  return '\2' .. bytes_of(cas_of(s))
end

local raw = redis.call('GET', key)
if not raw then return status('NOT_FOUND') end
if ARGV[1] ~= '' and cas_of(raw) ~= ARGV[1] then return status('EXISTS') end
if not ARGV[2] then
  redis.call('DEL', key)
  return status('OK')
end
return store(frame(ARGV[2], ARGV[3] == '' and stamp_of(raw) or ARGV[3], ''), ARGV[4], ARGV[5])
)";

// What a set that was refused leaves behind. Only numbers of the proxy's making tell which item is newer; of sixteen
// digits, they are compared as strings.
constexpr std::string_view drop_body = R"(
local head = redis.call('GETRANGE', key, 0, 13)
local own = framed(head) and head:sub(2, 2) == '\1'
if own and hex(head:sub(7, 14)) >= ARGV[1] then return status('EXISTS') end
redis.call('DEL', key)
return status('OK')
)";

std::string digest_of(std::string_view text) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest.data());
  std::string digits;
  for (unsigned char const byte : digest) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

std::array<script, script_count> make_scripts(std::string_view frame_test) {
  struct parts {
    std::string_view functions;
    std::string_view body;
  };
  // In the order of script_name.
  constexpr std::array<parts, script_count> all{{{extension, append_body},
                                                 {extension, prepend_body},
                                                 {"", compare_and_set_body},
                                                 {"", count_body},
                                                 {"", touch_body},
                                                 {"", remove_body},
                                                 {"", drop_body}}};
  std::array<script, script_count> made;
  for (std::size_t each = 0; each < script_count; ++each) {
    made[each] = make_script(
        std::string(frame_test).append(common).append(all[each].functions).append(all[each].body));
  }
  return made;
}

}  // namespace

script make_script(std::string body) {
  std::string digest = digest_of(body);
  return {std::move(body), std::move(digest)};
}

std::array<script, script_count> const& scripts_for(encoding how) {
  static std::array<script, script_count> const framed = make_scripts(framed_test);
  static std::array<script, script_count> const plain = make_scripts(plain_test);
  return how == encoding::framed ? framed : plain;
}

}  // namespace tandem::protocol::redis

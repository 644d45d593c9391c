#!/usr/bin/ruby
# dalli, which asks one server as it is told on its standard input:
#
#     asking.rb dalli PORT binary [SETTING=VALUE...]
#
# See asking.py. A setting's value is a number.
begin
  require 'dalli'
rescue LoadError
  puts 'dalli is not installed'
  exit 77
end

_, port, protocol, *settings = ARGV
options = settings.to_h { |setting| setting.split('=', 2) }.transform_keys(&:to_sym).transform_values { |n| Float(n) }
Dalli.logger.level = Logger::FATAL
CLIENT = Dalli::Client.new("127.0.0.1:#{port}", { protocol: protocol.to_sym, socket_timeout: 60 }.merge(options))

def seen(key, value)
  return '-' if value.nil?

  value == key ? '+' : 'x'
end

def one(verb, key)
  case verb
  when 'set' then CLIENT.set(key, key) ? '+' : '-'
  when 'get' then seen(key, CLIENT.get(key))
  when 'delete' then CLIENT.delete(key) ? '+' : '-'
  when 'fill'
    found = one('get', key)
    one('set', key) unless found == '+'
    found
  end
rescue Dalli::DalliError
  '!'
end

def many(keys)
  found = CLIENT.get_multi(keys)
  keys.map { |key| seen(key, found[key]) }
rescue Dalli::DalliError
  ['!'] * keys.size
end

$stdout.sync = true
puts "= #{Dalli::VERSION}"
$stdin.each_line do |line|
  verb, *keys = line.split
  puts "= #{(verb == 'many' ? many(keys) : keys.map { |key| one(verb, key) }).join}"
end

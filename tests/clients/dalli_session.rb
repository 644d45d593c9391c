#!/usr/bin/ruby
# What a program does with dalli, and what came of it, a line each: dalli_session.rb PORT PREFIX binary|meta.
# The output is the same for every server that answers as memcached does. Status 77: this dalli has no such protocol.
require 'dalli'
require 'json'

PORT, PREFIX, PROTOCOL = ARGV
if PROTOCOL == 'meta' && !Dalli::Protocol.const_defined?(:Meta)
  puts "dalli #{Dalli::VERSION} has no meta protocol"
  exit 77
end
Dalli.logger.level = Logger::FATAL

def connect(**options)
  Dalli::Client.new("127.0.0.1:#{PORT}", { namespace: PREFIX.chomp(':'), protocol: PROTOCOL.to_sym,
                                           socket_timeout: 10, socket_max_failures: 1 }.merge(options))
end

def show(what, *made)
  puts "#{what} #{made.inspect}"
end

def refusal
  yield
rescue Dalli::DalliError => e
  "#{e.class} #{e.message[/Response error.*/]}"
end

# What is stored is answered with its cas, a number unlike any other.
def stored(cas)
  cas.is_a?(Integer) && cas.positive? ? 'stored' : cas
end

def items(client)
  [{ 'nested' => [1, 2.5, nil] }, 'text: é', '', 7, :symbol, true].each do |value|
    show('object', stored(client.set('o', value, 100)), client.get('o'))
  end
  bytes = (0..255).to_a.pack('C*')
  show('bytes', stored(client.set('o', bytes, 0, raw: true)), client.get('o').b == bytes)
  show('compressed', stored(client.set('z', ['z' * 300_000], 0, compress: true)), client.get('z')[0].size)
  show('large', stored(client.set('l', bytes * 2000)), client.get('l').b == bytes * 2000)
  show('long key', stored(client.set('k' * (250 - PREFIX.size), 'x')), client.get('k' * (250 - PREFIX.size)))
  # Too long a key is hashed by the library.
  show('longer key', stored(client.set('k' * 300, 'y')), client.get('k' * 300))
end

def too_large(client)
  show('too large', refusal { client.set('l', 'x' * 3_000_000, 0, compress: false) })
  show('after too large', client.get('l'))
end

def conditions(client)
  show('get missing', client.get('none'))
  show('add', stored(client.add('b', 'text', 0, raw: true)), client.add('b', 'x'))
  show('replace', stored(client.replace('b', 'more text', 0, raw: true)), client.replace('none', 'x'))
  show('append', client.append('b', '+'), client.prepend('b', '-'), client.get('b'))
  show('append missing', client.append('none', '+'), client.prepend('none', '-'))
  show('delete', client.delete('b'), client.delete('b'))
  show('fetch', client.fetch('g', 100) { 'made' }, client.fetch('g', 100) { 'made again' })
end

def many(client)
  names = (1..200).map { |n| "m#{n}" }
  names.each { |name| client.set(name, [name]) }
  found = client.get_multi(names + ['none'])
  show('get_multi', found.size, found['m200'])
  seen = client.get_multi_cas('m1', 'm2', 'none')
  show('get_multi_cas', seen.transform_values { |value, cas| [value, stored(cas)] })
  names.each { |name| client.delete(name) }
  show('get_multi', client.get_multi(names))
end

def cas(one, other)
  one.set('c', 0)
  lost = 0
  20.times do
    [[one, other], [other, one]].each do |client, rival|
      # The rival is faster once.
      first = client.cas('c') do |value|
        rival.cas('c') { |its| its + 1 }
        value + 1
      end
      lost += 1 unless first
      lost += 1 until first || client.cas('c') { |value| value + 1 }
    end
  end
  show('cas', one.get('c'), lost)
  show('cas missing', one.cas('none') { 'x' }, one.set_cas('none', 'x', 1))
  seen = one.get_cas('c')[1]
  show('delete_cas', one.delete_cas('c', seen + 1), one.delete_cas('c', seen))
end

def counters(client)
  show('incr', stored(client.set('n', 9, 0, raw: true)), client.incr('n', 3), client.decr('n'), client.decr('n', 99))
  show('incr missing', client.incr('none'), client.decr('none'))
  show('incr, initial', client.incr('i', 1, 100, 40), client.incr('i', 2, 100, 40), client.get('i'))
  show('decr, initial', client.decr('j', 1, 0, 7), client.decr('j', 2, 0, 7))
  show('incr text', stored(client.set('t', 'text', 0, raw: true)), refusal { client.incr('t') })
  show('incr large', stored(client.set('w', (2**63 - 1).to_s, 0, raw: true)), client.incr('w', 2))
end

def quietly(client)
  client.multi do
    100.times { |n| client.set("q#{n}", n.to_s, 0, raw: true) }
    client.delete('q50')
    client.delete('none')
    client.replace('q51', 'replaced')
    client.replace('none', 'x')
    client.add('q52', 'x')
    client.add('q53-2', 'added')
  end
  show('multi', client.get('q49'), client.get('q50'), client.get('q51'), client.get('q52'), client.get('q53-2'))
  show('multi', client.get_multi((0..99).map { |n| "q#{n}" }).size)
end

# What expires while the rest of the session goes on. What a touch kept would be gone before e1.
def brief(client)
  show('touch', stored(client.set('e4', 'x', 3)), client.touch('e4', 0))
  show('set', stored(client.set('e1', 'x', 3)), stored(client.set('e2', 'x', Time.now.to_i + 1)))
  show('touch', stored(client.set('e3', 'x', 100)), client.touch('e3', 1), client.touch('none', 1))
  show('gat', stored(client.set('e5', 'x', 100)), client.gat('e5', 1), client.gat('none', 1))
  show('initial', client.incr('e6', 1, 1, 5))
end

def expired(client)
  %w[e1 e2 e3 e5 e6].each do |name|
    deadline = Process.clock_gettime(Process::CLOCK_MONOTONIC) + 10
    sleep 0.02 while client.get(name) && Process.clock_gettime(Process::CLOCK_MONOTONIC) < deadline
    show('expired', client.get(name))
  end
  show('still there', client.get('e4'))
end

plain = connect
puts "client dalli #{Dalli::VERSION}"
brief(plain)
items(plain)
too_large(connect(value_max_bytes: 4_000_000))
conditions(plain)
many(plain)
cas(plain, connect)
counters(plain)
quietly(plain)
show('version', plain.version.values[0].match?(/\A1\.6\.\d+\z/))
show('stats', plain.stats.values[0]['threads'].to_i.positive?)
show('alive', plain.alive! ? true : false)
expired(plain)
plain.close

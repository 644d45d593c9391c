// What a program does with spymemcached, and what came of it, a line each: SpymemcachedSession PORT PREFIX text|binary.
// The output is the same for every server that answers as memcached does.

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.logging.LogManager;
import net.spy.memcached.AddrUtil;
import net.spy.memcached.CASResponse;
import net.spy.memcached.CASValue;
import net.spy.memcached.CachedData;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.MemcachedClient;
import net.spy.memcached.transcoders.SerializingTranscoder;

final class SpymemcachedSession {
  private final String address;
  private final String prefix;
  private final boolean binary;

  private SpymemcachedSession(String port, String prefix, String protocol) {
    this.address = "127.0.0.1:" + port;
    this.prefix = prefix;
    this.binary = protocol.equals("binary");
  }

  private MemcachedClient connect() throws Exception {
    return new MemcachedClient(new ConnectionFactoryBuilder()
        .setProtocol(binary ? ConnectionFactoryBuilder.Protocol.BINARY : ConnectionFactoryBuilder.Protocol.TEXT)
        .setOpTimeout(10000)
        .setTranscoder(new SerializingTranscoder(4000000))
        .setDaemon(true)
        .build(), AddrUtil.getAddresses(address));
  }

  private String key(String name) {
    return prefix + name;
  }

  private static void show(String what, Object... made) {
    System.out.println(what + " " + Arrays.toString(made));
  }

  /** The error's type rather than an exception. */
  private static Object refusal(Callable<?> call) throws Exception {
    try {
      return call.call();
    } catch (ExecutionException error) {
      return error.getCause().getClass().getSimpleName();
    } catch (RuntimeException error) {
      return error.getClass().getSimpleName();
    }
  }

  private void items(MemcachedClient client) throws Exception {
    Object[] values = {Map.of("nested", List.of(1, 2.5)), "text: \u00e9", "", 7, 2L, 2.5, true, (byte) 3};
    for (Object value : values) {
      boolean stored = client.set(key("o"), 100, value).get();
      show("object", stored, client.get(key("o")), value.equals(client.get(key("o"))));
    }
    byte[] bytes = new byte[512000];
    for (int n = 0; n < bytes.length; ++n) bytes[n] = (byte) (n * 31 + n / 256 * 7 + n / 65536);
    show("large", client.set(key("l"), 0, bytes).get(), Arrays.equals(bytes, (byte[]) client.get(key("l"))));
    String text = "compressible ".repeat(30000);
    show("compressed", client.set(key("z"), 0, text).get(), text.equals(client.get(key("z"))));
    String longKey = prefix + "k".repeat(250 - prefix.length());
    show("long key", client.set(longKey, 0, "x").get(), client.get(longKey));
  }

  private void conditions(MemcachedClient client) throws Exception {
    show("get missing", client.get(key("none")));
    show("add", client.add(key("b"), 0, "text").get(), client.add(key("b"), 0, "x").get());
    show("replace", client.replace(key("b"), 0, "more text").get(), client.replace(key("none"), 0, "x").get());
    show("append", client.append(key("b"), "+").get(), client.prepend(key("b"), "-").get(), client.get(key("b")));
    show("append missing", client.append(key("none"), "+").get(), client.prepend(key("none"), "-").get());
    show("delete", client.delete(key("b")).get(), client.delete(key("b")).get());
  }

  // Commands that are not waited for one by one share packets; the library turns neighbouring gets into one.
  private void pipelined(MemcachedClient client) throws Exception {
    List<String> names = new ArrayList<>();
    for (int n = 0; n < 200; ++n) names.add(key("m" + n));
    List<Future<Boolean>> stored = new ArrayList<>();
    for (String name : names) stored.add(client.set(name, 0, name));
    show("set", count(stored));
    List<Future<Object>> read = new ArrayList<>();
    for (String name : names) read.add(client.asyncGet(name));
    Future<Object> missing = client.asyncGet(key("none"));
    int same = 0;
    for (int n = 0; n < 200; ++n) same += names.get(n).equals(read.get(n).get()) ? 1 : 0;
    show("get", same, missing.get());
    Map<String, Object> found = client.getBulk(names);
    show("getBulk", found.size(), names.get(199).equals(found.get(names.get(199))));
    show("getBulk, none", client.getBulk(key("none"), key("none2")));
    List<Future<Boolean>> deleted = new ArrayList<>();
    for (String name : names) deleted.add(client.delete(name));
    show("delete", count(deleted));
  }

  private static int count(List<Future<Boolean>> futures) throws Exception {
    int made = 0;
    for (Future<Boolean> each : futures) made += each.get() ? 1 : 0;
    return made;
  }

  private void cas(MemcachedClient one, MemcachedClient other) throws Exception {
    one.set(key("c"), 0, 0).get();
    int lost = 0;
    for (int turn = 0; turn < 40; ++turn) {
      MemcachedClient client = turn % 2 == 0 ? one : other;
      MemcachedClient rival = turn % 2 == 0 ? other : one;
      CASValue<Object> seen = client.gets(key("c"));
      rival.cas(key("c"), rival.gets(key("c")).getCas(), (int) seen.getValue() + 1);
      while (client.cas(key("c"), seen.getCas(), (int) seen.getValue() + 1) != CASResponse.OK) {
        ++lost;
        seen = client.gets(key("c"));
      }
    }
    show("cas", one.get(key("c")), lost);
    show("gets missing", one.gets(key("none")));
    show("cas missing", one.cas(key("none"), 1, "x"));
  }

  private void counters(MemcachedClient client) throws Exception {
    show("incr", client.set(key("n"), 0, "9").get(), client.incr(key("n"), 3), client.decr(key("n"), 99));
    show("incr missing", client.incr(key("none"), 1), client.decr(key("none"), 1));
    show("incr, default", client.incr(key("i"), 1, 40), client.incr(key("i"), 2, 40), client.get(key("i")));
    show("decr, default", client.decr(key("j"), 1, 7, 100), client.decr(key("j"), 2, 7, 100));
  }

  // After an error in the text protocol the library connects again, and takes seconds for it.
  private void refusals(MemcachedClient client, MemcachedClient other, MemcachedClient reader) throws Exception {
    show("incr text", client.set(key("t"), 0, "text").get(), refusal(() -> client.incr(key("t"), 1)));
    byte[] bytes = new byte[3000000];
    new Random(1).nextBytes(bytes);
    show("too large", refusal(() -> other.set(key("l"), 0, bytes).get()));
    show("after too large", reader.get(key("l")));
  }

  // What expires while the rest of the session goes on. What a touch kept would be gone before e1.
  private void brief(MemcachedClient client) throws Exception {
    int soon = (int) (System.currentTimeMillis() / 1000) + 1;
    show("touch", client.set(key("e4"), 3, "x").get(), client.touch(key("e4"), 0).get());
    show("set", client.set(key("e1"), 3, "x").get(), client.set(key("e2"), soon, "x").get());
    show("touch", client.set(key("e3"), 100, "x").get(), client.touch(key("e3"), 1).get());
    show("touch missing", client.touch(key("none"), 1).get());
    if (!binary) return;  // which alone has a get with touch in this library
    show("getAndTouch", client.set(key("e5"), 100, "x").get(), client.getAndTouch(key("e5"), 1).getValue());
    show("getAndTouch missing", client.getAndTouch(key("none"), 1));
  }

  private void expired(MemcachedClient client) throws Exception {
    for (String name : List.of("e1", "e2", "e3", "e5")) {
      long end = System.nanoTime() + 10_000_000_000L;
      while (client.get(key(name)) != null && System.nanoTime() < end) Thread.sleep(20);
      show("expired", client.get(key(name)));
    }
    show("still there", client.get(key("e4")));
  }

  // The jar has none; the package has.
  private static String version() throws Exception {
    Process query = new ProcessBuilder("dpkg-query", "--show", "--showformat=${Version}", "libspymemcached-java")
        .start();
    return new String(query.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("[+-]")[0];
  }

  private void run() throws Exception {
    MemcachedClient plain = connect();
    MemcachedClient other = connect();
    brief(plain);
    items(plain);
    conditions(plain);
    pipelined(plain);
    cas(plain, other);
    counters(plain);
    show("version", plain.getVersions().values().iterator().next().matches("1\\.6\\.\\d+"));
    show("stats", plain.getStats().values().iterator().next().containsKey("threads"));
    expired(plain);
    refusals(plain, other, connect());
  }

  public static void main(String[] arguments) throws Exception {
    System.setProperty("net.spy.log.LoggerImpl", "net.spy.memcached.compat.log.SunLogger");
    LogManager.getLogManager().reset();
    System.out.println("client spymemcached " + version());
    new SpymemcachedSession(arguments[0], arguments[1], arguments[2]).run();
    System.exit(0);
  }
}

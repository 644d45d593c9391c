// spymemcached, which asks one server as it is told on its standard input:
//
//     Asking.java spymemcached PORT text|binary [SETTING=VALUE...]
//
// See asking.py. Settings: FailureMode, by its name; maxReconnectDelay, in seconds.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import net.spy.memcached.AddrUtil;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.FailureMode;
import net.spy.memcached.MemcachedClient;

final class Asking {
  private final MemcachedClient client;

  private Asking(String port, String protocol, List<String> settings) throws Exception {
    ConnectionFactoryBuilder builder = new ConnectionFactoryBuilder()
        .setProtocol(ConnectionFactoryBuilder.Protocol.valueOf(protocol.toUpperCase()))
        .setOpTimeout(60000)
        .setDaemon(true);
    for (String setting : settings) {
      String[] parts = setting.split("=");
      switch (parts[0]) {
        case "FailureMode" -> builder.setFailureMode(FailureMode.valueOf(parts[1]));
        case "maxReconnectDelay" -> builder.setMaxReconnectDelay(Long.parseLong(parts[1]));
        default -> throw new IllegalArgumentException(setting);
      }
    }
    client = new MemcachedClient(builder.build(), AddrUtil.getAddresses("127.0.0.1:" + port));
  }

  private static String guarded(Callable<String> call) {
    try {
      return call.call();
    } catch (Exception error) {
      return "!";
    }
  }

  private static String seen(String key, Object value) {
    return value == null ? "-" : key.equals(value) ? "+" : "x";
  }

  private String set(String key) {
    return guarded(() -> client.set(key, 0, key).get() ? "+" : "-");
  }

  private String get(String key) {
    return guarded(() -> seen(key, client.get(key)));
  }

  private String delete(String key) {
    return guarded(() -> client.delete(key).get() ? "+" : "-");
  }

  private String fill(String key) {
    String found = get(key);
    if (!found.equals("+")) set(key);
    return found;
  }

  private String many(List<String> keys) {
    try {
      Map<String, Object> found = client.getBulk(keys);
      StringBuilder made = new StringBuilder();
      for (String key : keys) made.append(seen(key, found.get(key)));
      return made.toString();
    } catch (Exception error) {
      return "!".repeat(keys.size());
    }
  }

  private String answer(String verb, List<String> keys) {
    if (verb.equals("many")) return many(keys);
    StringBuilder made = new StringBuilder();
    for (String key : keys) {
      made.append(switch (verb) {
        case "set" -> set(key);
        case "get" -> get(key);
        case "delete" -> delete(key);
        case "fill" -> fill(key);
        default -> throw new IllegalArgumentException(verb);
      });
    }
    return made.toString();
  }

  // The jar has none; the package has.
  private static String version() throws Exception {
    Process query = new ProcessBuilder("dpkg-query", "--show", "--showformat=${Version}", "libspymemcached-java")
        .start();
    return new String(query.getInputStream().readAllBytes(), StandardCharsets.UTF_8).split("[+-]")[0];
  }

  public static void main(String[] arguments) throws Exception {
    System.setProperty("net.spy.log.LoggerImpl", "net.spy.memcached.compat.log.SunLogger");
    java.util.logging.Logger.getLogger("net.spy.memcached").setLevel(java.util.logging.Level.OFF);
    Asking asking = new Asking(arguments[1], arguments[2], Arrays.asList(arguments).subList(3, arguments.length));
    System.out.println("= " + version());
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      List<String> words = Arrays.asList(line.split(" "));
      System.out.println("= " + asking.answer(words.get(0), words.subList(1, words.size())));
    }
    System.exit(0);
  }
}

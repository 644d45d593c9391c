// What spymemcached writes to a pool and finds there:
//
//     Placing.java spymemcached SERVERS PREFIX WRITTEN FOUND LOCATOR HASH
//
// See placing.py for the arguments; LOCATOR and HASH are constants of the client's own, or "default" twice.

import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.LogManager;
import net.spy.memcached.ConnectionFactoryBuilder;
import net.spy.memcached.DefaultHashAlgorithm;
import net.spy.memcached.FailureMode;
import net.spy.memcached.MemcachedClient;

final class Placing {
  private static MemcachedClient connect(String servers, String locator, String hash) throws Exception {
    // A key waits for its server: by default it goes to another one while the connection is being made.
    ConnectionFactoryBuilder builder =
        new ConnectionFactoryBuilder().setOpTimeout(10000).setFailureMode(FailureMode.Retry).setDaemon(true);
    if (!locator.equals("default")) {
      builder.setLocatorType(ConnectionFactoryBuilder.Locator.valueOf(locator));
      builder.setHashAlg(DefaultHashAlgorithm.valueOf(hash));
    }
    List<InetSocketAddress> addresses = new ArrayList<>();
    for (String server : servers.split(",")) {
      String address = server.split("@")[0];
      int colon = address.lastIndexOf(':');
      addresses.add(new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1))));
    }
    return new MemcachedClient(builder.build(), addresses);
  }

  public static void main(String[] arguments) throws Exception {
    System.setProperty("net.spy.log.LoggerImpl", "net.spy.memcached.compat.log.SunLogger");
    LogManager.getLogManager().reset();
    MemcachedClient client = connect(arguments[1], arguments[5], arguments[6]);
    String prefix = arguments[2];
    for (String key : Files.readAllLines(Path.of(arguments[3]))) {
      if (!client.set(prefix + key, 0, prefix + key).get()) throw new IllegalStateException(key + " is not stored");
    }
    int good = 0;
    for (String key : Files.readAllLines(Path.of(arguments[4]))) {
      if ((prefix + key).equals(client.get(prefix + key))) ++good;
    }
    System.out.println("spymemcached\n" + good);
    client.shutdown();
  }
}

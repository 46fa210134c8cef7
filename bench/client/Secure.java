import java.io.*;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.cert.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import javax.net.ssl.*;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.message.ApiVersionsRequestData;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.requests.*;
import org.apache.kafka.common.resource.*;

/** What bench/secure asks of the client beside Bench's own commands: users, access rules, TLS handshakes, and TLS connections that do nothing. */
final class Secure {
  private Secure() {}

  /** The settings of a file, for a client that is to come by another listener. */
  static void load(Bench.Args a, Properties into) {
    if (a.s("props", "").isEmpty()) return;
    try (Reader r = Files.newBufferedReader(Path.of(a.s("props")))) { into.load(r); } catch (IOException e) { throw new UncheckedIOException(e); }
  }

  static Map<String, Object> user(Bench.Args a) throws Exception {
    var credential = new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096);
    Bench.admin(a).alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(a.s("user"), credential, a.s("password")))).all().get(60, TimeUnit.SECONDS);
    return new LinkedHashMap<>();
  }

  /** Rules for whoever is not authenticated, half of them by name and half by the beginning of names, of which one lets him use the topics of the benchmark. */
  static Map<String, Object> acls(Bench.Args a) throws Exception {
    List<AclBinding> rules = new ArrayList<>();
    for (int i = 0; i < a.i("rules", 10_000) - 1; i++) {
      var pattern = new ResourcePattern(ResourceType.TOPIC, "tenant-" + i % 500 + ".topic-" + i, i % 2 == 0 ? PatternType.LITERAL : PatternType.PREFIXED);
      rules.add(new AclBinding(pattern, new AccessControlEntry("User:ANONYMOUS", "*", i % 4 < 2 ? AclOperation.READ : AclOperation.WRITE, AclPermissionType.ALLOW)));
    }
    rules.add(new AclBinding(new ResourcePattern(ResourceType.TOPIC, a.s("prefix"), PatternType.PREFIXED),
        new AccessControlEntry("User:ANONYMOUS", "*", AclOperation.ALL, AclPermissionType.ALLOW)));
    long t = System.nanoTime();
    for (int i = 0; i < rules.size(); i += 2000) Bench.admin(a).createAcls(rules.subList(i, Math.min(rules.size(), i + 2000))).all().get(120, TimeUnit.SECONDS);
    return new LinkedHashMap<>(Map.of("ms", (System.nanoTime() - t) / 1e6));
  }

  /** A context of its own for each connection: none of them goes on with a session of another. */
  private static SSLSocket connect(Bench.Args a) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (InputStream in = Files.newInputStream(Path.of(a.s("trust")))) { trusted.setCertificateEntry("ca", CertificateFactory.getInstance("X.509").generateCertificate(in)); }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    String[] hp = a.s("bootstrap").split(":");
    SSLSocket s = (SSLSocket) context.getSocketFactory().createSocket(hp[0], Integer.parseInt(hp[1]));
    s.setTcpNoDelay(true); s.setSoTimeout(20_000);
    s.setEnabledProtocols(new String[] {a.s("protocol")}); s.setEnabledCipherSuites(new String[] {a.s("cipher")});
    s.startHandshake();
    return s;
  }

  /** Asks for the broker's versions, so that the handshake is over on its side too. */
  private static void ask(Socket s) throws IOException {
    ByteBuffer b = new ApiVersionsRequest(new ApiVersionsRequestData(), (short) 0).serializeWithHeader(new RequestHeader(ApiKeys.API_VERSIONS, (short) 0, "bench", 1));
    byte[] f = new byte[4 + b.remaining()];
    ByteBuffer.wrap(f).putInt(b.remaining()).put(b);
    s.getOutputStream().write(f);
    DataInputStream in = new DataInputStream(s.getInputStream());
    in.readFully(new byte[in.readInt()]);
  }

  static Map<String, Object> handshakes(Bench.Args a) throws Exception {
    int n = a.i("count", 2000), threads = a.i("threads", 4);
    Histogram h = Bench.hist();
    AtomicInteger left = new AtomicInteger(n), errors = new AtomicInteger();
    AtomicReference<String> first = new AtomicReference<>();
    var from = Bench.snap(a);
    List<Thread> all = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread t = new Thread(() -> {
        while (left.getAndDecrement() > 0) {
          long at = System.nanoTime();
          try (SSLSocket s = connect(a)) { ask(s); synchronized (h) { Bench.rec(h, System.nanoTime() - at); } }
          catch (Exception e) { errors.incrementAndGet(); first.compareAndSet(null, e.toString()); }
        }
      });
      t.start(); all.add(t);
    }
    for (Thread t : all) t.join();
    Map<String, Object> w = Bench.window(from, Bench.snap(a), 1, n), r = new LinkedHashMap<>();
    r.put("cpu_ms_per_handshake", (Double) w.get("cpu_s") * 1000 / n); r.put("handshakes_per_s", n / (Double) w.get("secs")); r.put("other_cores", w.get("other_cores"));
    Bench.lat(r, "", h);
    r.put("errors", errors.get());
    if (first.get() != null) r.put("first_error", first.get());
    return r;
  }

  private static final List<SSLSocket> HELD = new ArrayList<>();

  static Map<String, Object> hold(Bench.Args a) throws Exception {
    for (int i = 0; i < a.i("conns", 1000); i++) { SSLSocket s = connect(a); HELD.add(s); ask(s); }
    return new LinkedHashMap<>();
  }

  static Map<String, Object> release() throws IOException {
    for (SSLSocket s : HELD) s.close();
    HELD.clear();
    return new LinkedHashMap<>();
  }
}

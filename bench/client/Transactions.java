import java.io.*;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.*;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.message.*;
import org.apache.kafka.common.protocol.ApiKeys;
import org.apache.kafka.common.protocol.Errors;
import org.apache.kafka.common.record.internal.*;
import org.apache.kafka.common.requests.*;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;

/** The figures about transactions. */
final class Transactions {
  private Transactions() {}

  // One KafkaProducer, commit by commit: `records` records over `partitions` partitions each.
  static Map<String, Object> commits(Bench.Args a) throws Exception {
    int size = a.i("size", 1000), records = a.i("records", 10), partitions = a.i("partitions", 4);
    byte[][] pool = Bench.payloads(size, 64);
    String topic = a.s("topic");
    Properties settings = Bench.producerProps(a);
    settings.put("transactional.id", topic);
    settings.putIfAbsent("linger.ms", "0");
    Histogram commit = Bench.hist(), whole = Bench.hist();
    long n = 0;
    Bench.Snap s = null;
    try (KafkaProducer<byte[], byte[]> p = new KafkaProducer<>(settings)) {
      p.initTransactions();
      long warm = System.nanoTime() + (long) (a.d("ramp", 3) * 1e9), end = warm + (long) (a.d("secs", 5) * 1e9);
      for (long t0; (t0 = System.nanoTime()) < end; ) {
        if (s == null && t0 >= warm) s = Bench.snap(a);
        p.beginTransaction();
        for (int i = 0; i < records; i++) p.send(new ProducerRecord<>(topic, i % partitions, null, pool[i % pool.length]));
        p.flush();
        long t1 = System.nanoTime();
        p.commitTransaction();
        if (s != null) { long t2 = System.nanoTime(); Bench.rec(commit, t2 - t1); Bench.rec(whole, t2 - t0); n++; }
      }
    }
    return per(s, Bench.snap(a), n, records * size, commit, whole);
  }

  private static Map<String, Object> per(Bench.Snap s, Bench.Snap e, long n, int bytes, Histogram commit, Histogram whole) {
    Map<String, Object> r = Bench.window(s, e, (double) n * bytes, n);
    r.put("txn_per_s", r.remove("rps"));
    r.put("cpu_us_per_txn", r.remove("cpu_us_per_rec"));
    Bench.lat(r, "commit_", commit);
    Bench.lat(r, "txn_", whole);
    return r;
  }

  // A transactional producer without KafkaProducer's threads and buffers, by the newer protocol: a thousand of them fit into this client.
  static final class Small implements Closeable {
    final String id, bootstrap, topic; final int partition; final byte[][] pool;
    Bench.Raw raw; long producerId; short epoch; int sequence;
    Small(String id, String bootstrap, String topic, int partition, byte[][] pool) { this.id = id; this.bootstrap = bootstrap; this.topic = topic; this.partition = partition; this.pool = pool; }
    void connect() throws Exception {
      close();
      raw = new Bench.Raw(bootstrap, 60_000);
    }
    // Makes the topic of transactional ids, where it is not there yet.
    void find() throws Exception {
      var rq = new FindCoordinatorRequest.Builder(new FindCoordinatorRequestData().setKeyType((byte) 1).setCoordinatorKeys(List.of(id))).build((short) 4);
      retried(() -> ((FindCoordinatorResponse) raw.call(ApiKeys.FIND_COORDINATOR, (short) 4, rq)).data(), d -> d.coordinators().get(0).errorCode());
    }
    void init(int timeoutMs) throws Exception {
      var rq = new InitProducerIdRequest.Builder(new InitProducerIdRequestData().setTransactionalId(id).setTransactionTimeoutMs(timeoutMs)).build((short) 5);
      var d = retried(() -> ((InitProducerIdResponse) raw.call(ApiKeys.INIT_PRODUCER_ID, (short) 5, rq)).data(), InitProducerIdResponseData::errorCode);
      producerId = d.producerId(); epoch = d.producerEpoch(); sequence = 0;
    }
    void write() throws Exception {
      var pd = new ProduceRequestData.PartitionProduceData().setIndex(partition).setRecords(MemoryRecords.withTransactionalRecords(Compression.NONE, producerId, epoch, sequence++,
          new SimpleRecord(System.currentTimeMillis(), null, pool[partition % pool.length])));
      var topics = new ProduceRequestData.TopicProduceDataCollection();
      topics.add(new ProduceRequestData.TopicProduceData().setName(topic).setPartitionData(List.of(pd)));
      var rq = new ProduceRequestData().setAcks((short) -1).setTimeoutMs(30000).setTransactionalId(id).setTopicData(topics);
      retried(() -> raw.call(ApiKeys.PRODUCE, (short) 12, new ProduceRequest(rq, (short) 12)), Bench::produceError);
    }
    void commit() throws Exception {
      var rq = new EndTxnRequest.Builder(new EndTxnRequestData().setTransactionalId(id).setProducerId(producerId).setProducerEpoch(epoch).setCommitted(true), true).build((short) 5);
      var d = retried(() -> ((EndTxnResponse) raw.call(ApiKeys.END_TXN, (short) 5, rq)).data(), EndTxnResponseData::errorCode);
      producerId = d.producerId(); epoch = d.producerEpoch(); sequence = 0;
    }
    private <T> T retried(Callable<T> call, java.util.function.ToIntFunction<T> error) throws Exception {
      long end = System.nanoTime() + 120_000_000_000L;
      for (boolean wasBroken = false; ; ) {
        T r = null;
        IOException broken = null;
        try { r = call.call(); if (error.applyAsInt(r) == 0) return r; } catch (IOException e) { broken = e; }
        Errors code = broken == null ? Errors.forCode((short) error.applyAsInt(r)) : null;
        if (System.nanoTime() > end || code != null && !(code.exception() instanceof org.apache.kafka.common.errors.RetriableException)) throw new IOException(id + ": " + code, broken);
        if (code != null || wasBroken) Thread.sleep(code == null ? 5 : 20); // as clients do after CONCURRENT_TRANSACTIONS; a connection that broke is made again at once
        wasBroken = code == null;
        if (wasBroken) try { connect(); } catch (IOException e) { /* not back yet */ }
      }
    }
    public void close() { if (raw != null) raw.close(); }
  }

  static final List<Small> OPEN = new ArrayList<>();

  private static void each(List<Small> all, int threads, ThrowingConsumer each) throws Exception {
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> f = new ArrayList<>();
      for (Small one : all) f.add(pool.submit(() -> { each.accept(one); return null; }));
      for (Future<?> x : f) x.get();
    }
  }
  interface ThrowingConsumer { void accept(Small one) throws Exception; }

  static Map<String, Object> make(Bench.Args a) throws Exception {
    byte[][] pool = Bench.payloads(a.i("size", 1000), 64);
    int timeout = a.i("timeout_ms", 600_000);
    for (int i = 0, n = a.i("producers", 1000); i < n; i++) OPEN.add(new Small(a.s("topic") + "-" + i, a.s("bootstrap"), a.s("topic"), i % a.i("partitions", 16), pool));
    each(OPEN, 8, one -> { one.connect(); one.find(); one.init(timeout); });
    return new LinkedHashMap<>(Map.of("producers", OPEN.size()));
  }

  // Ids that are known and nothing else: a few connections ask for all of them.
  static Map<String, Object> ids(Bench.Args a) throws Exception {
    int n = a.i("ids", 50_000), threads = 4;
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> f = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int me = t;
        f.add(pool.submit(() -> {
          Bench.Raw raw = new Bench.Raw(a.s("bootstrap"), 60_000);
          for (int i = me; i < n; i += threads) {
            Small one = new Small(a.s("topic") + "-" + i, a.s("bootstrap"), a.s("topic"), 0, null);
            one.raw = raw;
            one.init(60_000);
          }
          raw.close();
          return null;
        }));
      }
      for (Future<?> x : f) x.get();
    }
    return new LinkedHashMap<>();
  }

  static Map<String, Object> forget() {
    OPEN.forEach(Small::close);
    OPEN.clear();
    return new LinkedHashMap<>();
  }

  // Each of the producers that were made commits a transaction of one record `rate` times a second, open loop.
  static Map<String, Object> many(Bench.Args a) throws Exception {
    int threads = 32; double rate = a.d("rate", 1), secs = a.d("secs", 10), ramp = a.d("ramp", 5);
    Histogram[] commit = new Histogram[threads], whole = new Histogram[threads];
    long t0 = System.nanoTime() + 100_000_000L, measured = t0 + (long) (ramp * 1e9), end = measured + (long) (secs * 1e9), period = (long) (1e9 / rate);
    AtomicLong n = new AtomicLong();
    AtomicReference<Exception> first = new AtomicReference<>();
    List<Thread> ts = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int me = t;
      commit[t] = Bench.hist(); whole[t] = Bench.hist();
      ts.add(Thread.ofPlatform().start(() -> {
        try {
          for (long round = 0; ; round++)
            for (int i = me; i < OPEN.size(); i += threads) {
              long due = t0 + round * period + i * period / OPEN.size();
              if (due > end) return;
              for (long w; (w = due - System.nanoTime()) > 0; ) LockSupport.parkNanos(w);
              OPEN.get(i).write();
              long t1 = System.nanoTime();
              OPEN.get(i).commit();
              if (due >= measured) { long t2 = System.nanoTime(); Bench.rec(commit[me], t2 - t1); Bench.rec(whole[me], t2 - due); n.incrementAndGet(); }
            }
        } catch (Exception e) { first.compareAndSet(null, e); }
      }));
    }
    Thread.sleep(Math.max(0, (measured - System.nanoTime()) / 1_000_000));
    Bench.Snap s = Bench.snap(a);
    for (Thread t : ts) t.join();
    if (first.get() != null) throw first.get();
    for (int t = 1; t < threads; t++) { commit[0].add(commit[t]); whole[0].add(whole[t]); }
    return per(s, Bench.snap(a), n.get(), 1000, commit[0], whole[0]);
  }

  // All of them have a transaction that is open.
  static Map<String, Object> begin(Bench.Args a) throws Exception {
    each(OPEN, 8, Small::write);
    return new LinkedHashMap<>();
  }

  // From `at` (epoch ms), when the coordinator was killed: until a new producer has committed, and until all that were open are, as their producers ask for it again and again.
  static Map<String, Object> resolve(Bench.Args a) throws Exception {
    double at = Double.parseDouble(a.s("at"));
    Map<String, Object> r = new LinkedHashMap<>();
    Thread fresh = Thread.ofPlatform().start(() -> {
      try (Small one = new Small(a.s("topic") + "-new", a.s("bootstrap"), a.s("topic"), 0, Bench.payloads(1000, 1))) {
        while (true) try { one.connect(); break; } catch (IOException e) { Thread.sleep(2); }
        one.find(); one.init(60_000); one.write(); one.commit();
        synchronized (r) { r.put("first_commit_ms", Bench.now() - at); }
      } catch (Exception e) { e.printStackTrace(); }
    });
    each(OPEN, 8, Small::commit);
    double all = Bench.now() - at;
    fresh.join();
    synchronized (r) { r.put("all_resolved_ms", all); }
    return r;
  }

  // The word count of every introduction, exactly once, over what is in the input topic, until all of it is counted and committed.
  static Map<String, Object> streams(Bench.Args a) throws Exception {
    String topic = a.s("topic");
    long lines = a.l("lines", 200_000);
    String[] words = new String[1000];
    for (int i = 0; i < words.length; i++) words[i] = "word" + i;
    Random random = new Random(7);
    try (KafkaProducer<byte[], byte[]> p = new KafkaProducer<>(Bench.producerProps(a))) {
      for (long i = 0; i < lines; i++) {
        StringBuilder b = new StringBuilder();
        for (int k = 0; k < 5; k++) b.append(words[random.nextInt(words.length)]).append(' ');
        p.send(new ProducerRecord<>(topic, b.toString().getBytes()));
      }
    }
    File state = java.nio.file.Files.createTempDirectory("bench-streams").toFile();
    Properties s = new Properties();
    s.put("application.id", topic + "-app"); s.put("bootstrap.servers", a.s("bootstrap")); s.put("state.dir", state.getPath());
    s.put("processing.guarantee", "exactly_once_v2"); s.put("replication.factor", "1"); s.put("num.stream.threads", "1");
    s.put("default.key.serde", Serdes.StringSerde.class.getName()); s.put("default.value.serde", Serdes.StringSerde.class.getName());
    s.put("commit.interval.ms", a.s("commit_ms", "100")); s.put("consumer.auto.offset.reset", "earliest"); s.put("statestore.cache.max.bytes", "0");
    StreamsBuilder b = new StreamsBuilder();
    AtomicLong counted = new AtomicLong();
    b.<String, String>stream(topic).flatMapValues(line -> Arrays.asList(line.split(" "))).groupBy((k, w) -> w)
        .count(Materialized.as(org.apache.kafka.streams.state.Stores.inMemoryKeyValueStore("counts")))
        .toStream().peek((k, v) -> counted.incrementAndGet()).to(topic + "-out", Produced.with(Serdes.String(), Serdes.Long()));
    Bench.Snap from;
    double counting;
    try (KafkaStreams streams = new KafkaStreams(b.build(), s)) {
      streams.start();
      for (long end = System.nanoTime() + 60_000_000_000L; counted.get() == 0; Thread.sleep(1)) if (System.nanoTime() > end) throw new TimeoutException("does not begin");
      from = Bench.snap(a);
      double before = streamThreadSeconds();
      for (long end = System.nanoTime() + 300_000_000_000L; counted.get() < 5 * lines; Thread.sleep(5)) if (System.nanoTime() > end) throw new TimeoutException("counted " + counted);
      counting = streamThreadSeconds() - before;
    }
    Map<String, Object> r = Bench.window(from, Bench.snap(a), lines * 45.0, lines);
    // Of the one thread that counts: at 1 no broker could have it count faster.
    r.put("stream_thread_cores", counting / (double) r.get("secs"));
    return r;
  }

  private static double streamThreadSeconds() {
    java.lang.management.ThreadMXBean threads = java.lang.management.ManagementFactory.getThreadMXBean();
    double nanos = 0;
    for (java.lang.management.ThreadInfo t : threads.getThreadInfo(threads.getAllThreadIds()))
      if (t != null && t.getThreadName().contains("-StreamThread-")) nanos += threads.getThreadCpuTime(t.getThreadId());
    return nanos / 1e9;
  }
}

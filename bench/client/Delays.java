// Records that wait until they are due (docs/QUEUES.md): sent at once, read when they come. Kafka has nothing of the kind.
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;

final class Delays {
  private Delays() {}

  /** Sends count records, due in no order within spread_s seconds, which begin lead_s seconds from now. */
  static Map<String, Object> produce(Bench.Args a) throws Exception {
    long n = a.l("count", 1_000_000), lead = a.l("lead_s", 40) * 1000, spread = a.l("spread_s", 60) * 1000;
    int size = a.i("size", 100);
    AtomicLong errors = new AtomicLong();
    try (KafkaProducer<byte[], byte[]> p = new KafkaProducer<>(Bench.producerProps(a))) {
      p.partitionsFor(a.s("topic"));
      long first = System.currentTimeMillis() + lead;
      Bench.Snap s = Bench.snap(a);
      for (long i = 0; i < n; i++) {
        long due = first + Math.floorMod(i * 2_654_435_761L, n) * spread / n;
        var record = new ProducerRecord<byte[], byte[]>(a.s("topic"), ByteBuffer.allocate(size).putLong(due).array());
        record.headers().add("partita.deliver.at", Long.toString(due).getBytes(StandardCharsets.US_ASCII));
        p.send(record, (m, e) -> { if (e != null) errors.incrementAndGet(); });
      }
      p.flush();
      Map<String, Object> r = Bench.window(s, Bench.snap(a), (double) n * size, n);
      r.put("errors", errors.get());
      r.put("first_due_in_ms", first - System.currentTimeMillis());
      return r;
    }
  }

  /** Reads them as they come: how long after its time each is there, and how many are early, missing, or there twice. */
  static Map<String, Object> consume(Bench.Args a) throws Exception {
    long n = a.l("count", 1_000_000), end = System.nanoTime() + a.l("timeout_s", 180) * 1_000_000_000L, early = 0, seen = 0, bytes = 0;
    Histogram late = Bench.hist();
    try (KafkaConsumer<byte[], byte[]> c = new KafkaConsumer<>(Bench.consumerProps(a))) {
      List<TopicPartition> ps = Bench.parts(c, a.s("topic"));
      c.assign(ps);
      c.seekToBeginning(ps);
      Bench.Snap s = Bench.snap(a);
      while (seen < n && System.nanoTime() < end)
        for (var record : c.poll(Duration.ofMillis(200))) {
          double lateness = Bench.now() - ByteBuffer.wrap(record.value()).getLong();
          if (record.headers().lastHeader("partita.delayed.offset") == null) continue; // one that only made the partition ready
          if (lateness < 0) early++;
          Bench.rec(late, (long) (Math.max(0, lateness) * 1e6));
          seen++;
          bytes += record.serializedValueSize();
        }
      Map<String, Object> r = Bench.window(s, Bench.snap(a), bytes, seen);
      Bench.lat(r, "late_", late);
      r.put("early", early);
      r.put("missing", n - seen);
      return r;
    }
  }
}

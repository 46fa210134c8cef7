// Writes and reads 200 records: codec BROKER TOPIC CODEC VERSION. The version decides the record format: message sets of format 0 and 1
// before 0.11, batches since.
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/Shopify/sarama"
)

func main() {
	brokers, topic := []string{os.Args[1]}, os.Args[2]
	config := sarama.NewConfig()
	version, err := sarama.ParseKafkaVersion(os.Args[4])
	check(err)
	config.Version = version
	config.Producer.Return.Successes = true
	config.Producer.Flush.Messages = 100
	config.Producer.Flush.Frequency = 50 * time.Millisecond
	config.Producer.Compression = map[string]sarama.CompressionCodec{"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP,
		"snappy": sarama.CompressionSnappy, "lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD}[os.Args[3]]
	producer, err := sarama.NewSyncProducer(brokers, config)
	check(err)
	var messages []*sarama.ProducerMessage
	for i := 0; i < 200; i++ {
		messages = append(messages, &sarama.ProducerMessage{Topic: topic, Key: sarama.StringEncoder(fmt.Sprint("key", i)),
			Value: sarama.StringEncoder(value(i)), Timestamp: time.Unix(1700000000, 0)})
	}
	check(producer.SendMessages(messages))
	check(producer.Close())

	consumer, err := sarama.NewConsumer(brokers, config)
	check(err)
	records, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	check(err)
	for i := 0; i < 200; i++ {
		select {
		case record := <-records.Messages():
			if string(record.Value) != value(i) || string(record.Key) != fmt.Sprint("key", i) || record.Offset != int64(i) {
				log.Fatalf("record %d is %s=%s at offset %d", i, record.Key, record.Value, record.Offset)
			}
			if version.IsAtLeast(sarama.V0_10_0_0) && record.Timestamp.Unix() != 1700000000 {
				log.Fatalf("record %d is of %v", i, record.Timestamp)
			}
		case <-time.After(time.Minute):
			log.Fatal("no record for a minute")
		}
	}
}

func value(i int) string {
	return fmt.Sprintf("value %d of a text that compresses well", i)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

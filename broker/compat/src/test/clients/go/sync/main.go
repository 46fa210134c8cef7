// The synchronous producer of a common introduction to message queues in Go: acks from all replicas, round robin over the partitions, one
// request at a time, a header in each record. Its listing does not compile; this is what it means. Then reads the records back.
package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/Shopify/sarama"
)

func main() {
	broker, topic := os.Args[1], os.Args[2]
	config := sarama.NewConfig()
	config.Version = sarama.V2_1_0_0
	config.Net.KeepAlive = 30 * time.Second
	config.Net.MaxOpenRequests = 1
	config.Producer.Return.Successes = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewRoundRobinPartitioner
	config.ChannelBufferSize = 256
	client, err := sarama.NewClient([]string{broker}, config)
	check(err)
	producer, err := sarama.NewSyncProducerFromClient(client)
	check(err)
	for i := 0; i < 9; i++ {
		partition, offset, err := producer.SendMessage(&sarama.ProducerMessage{
			Topic:   topic,
			Key:     sarama.StringEncoder(fmt.Sprint("key", i)),
			Value:   sarama.StringEncoder(fmt.Sprintf(`{"id":%d,"content":"%d"}`, i, i)),
			Headers: []sarama.RecordHeader{{Key: []byte("number"), Value: []byte(fmt.Sprint(i))}},
		})
		check(err)
		fmt.Printf("Produced message to partition:%d, offset:%d\n", partition, offset)
	}
	check(producer.Close())

	consumer, err := sarama.NewConsumerFromClient(client)
	check(err)
	partitions, err := consumer.Partitions(topic)
	check(err)
	for _, partition := range partitions {
		records, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
		check(err)
		for i := 0; i < 9/len(partitions); i++ {
			select {
			case record := <-records.Messages():
				fmt.Printf("Received message from partition:%d, offset:%d, key:%s, content:%s, header:%s=%s\n", record.Partition, record.Offset,
					record.Key, record.Value, record.Headers[0].Key, record.Headers[0].Value)
			case <-time.After(time.Minute):
				log.Fatal("no record for a minute")
			}
		}
		check(records.Close())
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// Many keyed records through the asynchronous producer, each from a goroutine of its own. With a fourth argument the topic is first created by
// a request to the first broker, whichever that is, in version 0 of that request, as a struct literal of sarama's means it.
package main

import (
	"fmt"
	"log"
	"math/rand"
	"os"
	"strconv"
	"time"

	"github.com/Shopify/sarama"
)

func main() {
	brokers, topic := []string{os.Args[1]}, os.Args[2]
	count, err := strconv.Atoi(os.Args[3])
	check(err)
	config := sarama.NewConfig()
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewRandomPartitioner
	config.Producer.Return.Successes = true
	config.Producer.Return.Errors = true
	config.Version = sarama.MaxVersion
	if len(os.Args) > 4 {
		addTopic(config, brokers[0], topic)
	}

	producer, err := sarama.NewAsyncProducer(brokers, config)
	check(err)
	key := randomString(16)
	for i := 0; i < count; i++ {
		go func() {
			producer.Input() <- &sarama.ProducerMessage{
				Topic:     topic,
				Key:       sarama.StringEncoder(key),
				Value:     sarama.StringEncoder(randomString(64)),
				Timestamp: time.Now(),
			}
		}()
	}
	perPartition := map[int32]int{}
	for i := 0; i < count; i++ {
		select {
		case success := <-producer.Successes():
			perPartition[success.Partition]++
		case failure := <-producer.Errors():
			log.Fatalf("[Failure] %v", failure)
		}
	}
	check(producer.Close())
	fmt.Println("acknowledged", count, "in", len(perPartition), "partitions")
}

func addTopic(config *sarama.Config, address, topic string) {
	broker := sarama.NewBroker(address)
	check(broker.Open(config))
	defer broker.Close()
	status, err := broker.Connected()
	check(err)
	fmt.Printf("connection status: %v\n", status)
	response, err := broker.CreateTopics(&sarama.CreateTopicsRequest{
		Timeout: 15 * time.Second,
		TopicDetails: map[string]*sarama.TopicDetail{
			topic: {NumPartitions: 3, ReplicationFactor: 1, ConfigEntries: make(map[string]*string)},
		},
	})
	check(err)
	fmt.Printf("created: %v\n", response.TopicErrors[topic].Err)
}

func randomString(n int) string {
	bytes := make([]byte, n/2)
	rand.Read(bytes)
	return fmt.Sprintf("%x", bytes)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

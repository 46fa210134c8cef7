// Sends each line of standard input as a record, to random partitions: how an introduction to log collection uses sarama.
package main

import (
	"bufio"
	"fmt"
	"log"
	"os"

	"github.com/Shopify/sarama"
)

func main() {
	config := sarama.NewConfig()
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewRandomPartitioner
	config.Producer.Return.Successes = true
	if len(os.Args) > 3 {
		config.Version, _ = sarama.ParseKafkaVersion(os.Args[3])
	}
	client, err := sarama.NewSyncProducer([]string{os.Args[1]}, config)
	if err != nil {
		log.Fatal("Producer closed, err:", err)
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		msg := &sarama.ProducerMessage{}
		msg.Topic = os.Args[2]
		msg.Value = sarama.StringEncoder(lines.Text())
		pid, offset, err := client.SendMessage(msg)
		if err != nil {
			log.Fatal("send msg failed, err:", err)
		}
		fmt.Printf("pid: %v\toffset: %v\n", pid, offset)
	}
	if err := client.Close(); err != nil {
		log.Fatal(err)
	}
}

// A member of a consumer group, until it is told to stop: prints what it reads. Offsets are committed every second, with a retention time of their
// own, which only old versions of the request have.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/Shopify/sarama"
)

// Consumer implements sarama.ConsumerGroupHandler.
type Consumer struct{}

func (consumer *Consumer) Setup(session sarama.ConsumerGroupSession) error {
	fmt.Println("claims", len(session.Claims()[os.Args[2]]))
	return nil
}

func (consumer *Consumer) Cleanup(sarama.ConsumerGroupSession) error {
	return nil
}

func (consumer *Consumer) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		fmt.Printf("Message claimed: value = %s, topic = %s\n", message.Value, message.Topic)
		session.MarkMessage(message, "")
	}
	return nil
}

func main() {
	config := sarama.NewConfig()
	config.Consumer.Group.Rebalance.Strategy = sarama.BalanceStrategyRoundRobin
	config.Version = sarama.MaxVersion
	config.Consumer.Offsets.Initial = sarama.OffsetNewest
	config.Consumer.Offsets.CommitInterval = time.Second
	config.Consumer.Offsets.Retention = time.Hour

	ctx, cancel := context.WithCancel(context.Background())
	group, err := sarama.NewConsumerGroup([]string{os.Args[1]}, os.Args[3], config)
	check(err)
	wg := &sync.WaitGroup{}
	wg.Add(1)
	go func() {
		defer wg.Done()
		for ctx.Err() == nil {
			check(group.Consume(ctx, []string{os.Args[2]}, &Consumer{}))
		}
	}()

	sigterm := make(chan os.Signal, 1)
	signal.Notify(sigterm, os.Interrupt, syscall.SIGTERM)
	<-sigterm
	fmt.Println("terminating: via signal")
	cancel()
	wg.Wait()
	check(group.Close())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

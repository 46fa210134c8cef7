// Logs in by name and password over TLS, as an introduction to sarama has it, writes three records and reads them back.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io/ioutil"
	"log"
	"os"
	"time"

	"github.com/Shopify/sarama"
)

func main() {
	broker, topic, authority, user, password := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5]
	pem, err := ioutil.ReadFile(authority)
	check(err)
	trusted := x509.NewCertPool()
	if !trusted.AppendCertsFromPEM(pem) {
		log.Fatal("no certificate in ", authority)
	}
	config := sarama.NewConfig()
	config.Version = sarama.V2_1_0_0
	config.Net.TLS.Enable = true
	config.Net.TLS.Config = &tls.Config{RootCAs: trusted}
	config.Net.SASL.Enable = true
	config.Net.SASL.User = user
	config.Net.SASL.Password = password
	config.Producer.Return.Successes = true
	client, err := sarama.NewClient([]string{broker}, config)
	check(err)
	producer, err := sarama.NewSyncProducerFromClient(client)
	check(err)
	for i := 0; i < 3; i++ {
		_, _, err := producer.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(fmt.Sprint("secret ", i))})
		check(err)
	}
	check(producer.Close())
	consumer, err := sarama.NewConsumerFromClient(client)
	check(err)
	records, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	check(err)
	for i := 0; i < 3; i++ {
		select {
		case record := <-records.Messages():
			fmt.Println(string(record.Value))
		case <-time.After(time.Minute):
			log.Fatal("no record for a minute")
		}
	}
	check(records.Close())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

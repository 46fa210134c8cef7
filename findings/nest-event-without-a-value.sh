#!/usr/bin/env bash
# Package: @nestjs/microservices 12.1.1, @nestjs/common and core 12.5.1, rxjs 7.8.2, reflect-metadata 0.2.2 and kafkajs 2.2.4 (npm), on Apache Kafka 4.4.0
# Behaviour: emit(topic, event) of NestJS' Kafka client sends an event as JSON, unless it happens to have a field named key or value: then it is taken for a whole Kafka message, and
#   every other field is dropped. An event with a field key becomes a record without a value, which on a compacted topic deletes what is there for that key; of one with a field
#   value only that field is sent. No error, no warning. One would expect the events of one application to be sent alike.
# Seen: {colour, amount}: JSON of both; {key: "red", amount: 5}: key red, value null; {value: 5, unit: "EUR"}: value 5
. "$(dirname "$0")/lib/java.sh"
. "$(dirname "$0")/lib/node.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0
packages @nestjs/microservices@12.1.1 @nestjs/common@12.5.1 @nestjs/core@12.5.1 rxjs@7.8.2 reflect-metadata@0.2.2 kafkajs@2.2.4
kafka
node_main << 'JS'
import 'reflect-metadata'
import { ClientProxyFactory, Transport } from '@nestjs/microservices'
import { lastValueFrom } from 'rxjs'
import kafkajs from 'kafkajs'

const brokers = [process.argv[2]]
const events = [{ colour: 'red', amount: 5 }, { key: 'red', amount: 5 }, { value: 5, unit: 'EUR' }].map(event => JSON.stringify(event))
const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic: 'events', numPartitions: 1 }] })
await admin.disconnect()
const client = ClientProxyFactory.create({ transport: Transport.KAFKA, options: { producerOnlyMode: true, client: { brokers, logLevel: kafkajs.logLevel.NOTHING } } })
await client.connect()
for (const event of events) await lastValueFrom(client.emit('events', JSON.parse(event)))
await client.close()

const consumer = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).consumer({ groupId: 'g' })
await consumer.connect()
await consumer.subscribe({ topic: 'events', fromBeginning: true })
let read = 0
await new Promise(resolve => consumer.run({
  eachMessage: async ({ message }) => {
    console.log(`${events[read]} -> key ${message.key}, value ${message.value}`)
    if (++read === events.length) resolve()
  }
}))
process.exit()
JS
expect '{"colour":"red","amount":5} -> key null, value {"colour":"red","amount":5}'
expect '{"key":"red","amount":5} -> key red, value null'
expect '{"value":5,"unit":"EUR"} -> key null, value 5'
echo "as described"

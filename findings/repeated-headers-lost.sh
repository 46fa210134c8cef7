#!/usr/bin/env bash
# Package: kafka-ts 1.5.0, @platformatic/kafka 2.12.1 and kafkajs 2.2.4 (npm), on Apache Kafka 4.4.0
# Behaviour: A record may have several headers of one name; they are a list (KIP-82), and middlemen append to it. kafka-ts and @platformatic/kafka hand a record's headers out as
#   an object and a Map with one value a name: of each name the last header is there, the others are lost in silence, and an application that sends on what it read drops them for
#   everybody behind it. One would expect a list, as kafkajs gives where there are several.
# Seen: headers via=a, via=b, via=c: kafkajs a,b,c; kafka-ts c; platformatic c
. "$(dirname "$0")/lib/java.sh"
. "$(dirname "$0")/lib/node.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0
packages kafka-ts@1.5.0 @platformatic/kafka@2.12.1 kafkajs@2.2.4
kafka
node_main << 'JS'
import { Consumer, stringDeserializers } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { createKafkaClient, setLogger } from 'kafka-ts'

const brokers = [process.argv[2]]
const topic = 'passed-on'
const client = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING })
const admin = client.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
const producer = client.producer()
await producer.connect()
await producer.send({ topic, messages: [{ value: 'v', headers: { via: ['a', 'b', 'c'] } }] })
await producer.disconnect()

const first = client.consumer({ groupId: 'kafkajs' })
await first.connect()
await first.subscribe({ topics: [topic], fromBeginning: true })
console.log('kafkajs: ' + await new Promise(resolve => first.run({ eachMessage: async ({ message }) => resolve(message.headers.via) })))

const quiet = () => {}
setLogger({ debug: quiet, info: quiet, warn: quiet, error: quiet })
const [host, port] = brokers[0].split(':')
const second = createKafkaClient({ clientId: 'c', bootstrapServers: [{ host, port: Number(port) }] })
console.log('kafka-ts: ' + await new Promise((resolve, reject) => second.startConsumer({ groupId: 'kafka-ts', topics: [topic], fromBeginning: true, fromTimestamp: -2n,
  onBatch: messages => resolve(messages[0].headers.via) }).catch(reject)))

const third = new Consumer({ groupId: 'platformatic', clientId: 'p', bootstrapBrokers: brokers, deserializers: stringDeserializers })
const stream = await third.consume({ topics: [topic], mode: 'earliest' })
console.log('platformatic: ' + await new Promise(resolve => stream.on('data', message => resolve(message.headers.get('via')))))
process.exit()
JS
expect 'kafkajs: a,b,c'
expect 'kafka-ts: c'
expect 'platformatic: c'
echo "as described"

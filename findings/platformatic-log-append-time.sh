#!/usr/bin/env bash
# Package: @platformatic/kafka 2.12.1 and kafkajs 2.2.4 (npm), on Apache Kafka 4.4.0
# Behaviour: The timestamp of a message of a topic with message.timestamp.type=LogAppendTime is the one its producer wrote. The broker writes its time once, into the head of
#   the batch, with a bit that says that it holds for all records; @platformatic/kafka reads the records' own alone. One would expect the broker's, as kafkajs and the Java client show.
# Seen: a record sent with the timestamp 1000: kafkajs append time, platformatic 1000
. "$(dirname "$0")/lib/java.sh"
. "$(dirname "$0")/lib/node.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0
packages @platformatic/kafka@2.12.1 kafkajs@2.2.4
kafka
node_main << 'JS'
import { Consumer, stringDeserializers } from '@platformatic/kafka'
import kafkajs from 'kafkajs'

const brokers = [process.argv[2]]
const topic = 'stamped'
const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING })
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic, numPartitions: 1, configEntries: [{ name: 'message.timestamp.type', value: 'LogAppendTime' }] }] })
const producer = kafka.producer()
await producer.connect()
await producer.send({ topic, messages: [{ value: 'v', timestamp: '1000' }] })
await producer.disconnect()

const began = Date.now() - 3600_000
const shown = timestamp => Number(timestamp) > began ? 'append time' : String(timestamp)

const first = kafka.consumer({ groupId: 'k' })
await first.connect()
await first.subscribe({ topics: [topic], fromBeginning: true })
console.log('kafkajs: ' + await new Promise(resolve => first.run({ eachMessage: async ({ message }) => resolve(shown(message.timestamp)) })))

const second = new Consumer({ groupId: 'p', clientId: 'p', bootstrapBrokers: brokers, deserializers: stringDeserializers })
const stream = await second.consume({ topics: [topic], mode: 'earliest' })
console.log('platformatic: ' + await new Promise(resolve => stream.on('data', message => resolve(shown(message.timestamp)))))
process.exit()
JS
expect 'kafkajs: append time'
expect 'platformatic: 1000'
echo "as described"

#!/usr/bin/env bash
# Package: @platformatic/kafka 2.12.1 (npm), with kafkajs 2.2.4 as the producer and for comparison, on Apache Kafka 4.4.0
# Behaviour: A consumer with isolationLevel READ_COMMITTED leaves out, for each producer, the last of the aborted transactions that one answer of the broker names, and only if its
#   marker is in the same answer. So of two transactions that a producer aborts one after the other the first is handed to the application, and so is the beginning of one that
#   is longer than an answer. One would expect just what was committed, as kafkajs and the Java client give.
# Seen: after abort, commit, abort: first-aborted, committed (kafkajs: committed); of three aborted batches of 400 KB with maxBytes of 500 KB some (kafkajs: none)
. "$(dirname "$0")/lib/java.sh"
. "$(dirname "$0")/lib/node.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0
packages @platformatic/kafka@2.12.1 kafkajs@2.2.4
kafka
node_main << 'JS'
import { Consumer, FetchIsolationLevels, stringDeserializers } from '@platformatic/kafka'
import kafkajs from 'kafkajs'

const brokers = [process.argv[2]]
const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING })
const admin = kafka.admin()
await admin.connect()

async function produce(topic, outcomes) {
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
  const producer = kafka.producer({ transactionalId: topic, idempotent: true, maxInFlightRequests: 1 })
  await producer.connect()
  for (const [value, end] of outcomes) {
    const transaction = await producer.transaction()
    for (const each of [value].flat()) await transaction.send({ topic, messages: [{ value: each }] })
    await transaction[end]()
  }
  await producer.disconnect()
}

const pause = () => new Promise(resolve => setTimeout(resolve, 8000))

async function platformatic(topic) {
  const values = []
  const consumer = new Consumer({ groupId: topic + '-p', clientId: 'p', bootstrapBrokers: brokers, deserializers: stringDeserializers })
  const stream = await consumer.consume({ topics: [topic], mode: 'earliest', isolationLevel: FetchIsolationLevels.READ_COMMITTED,
    maxBytes: 500000 })
  stream.on('data', message => values.push(message.value))
  await pause()
  await consumer.close(true)
  return values
}

async function kafkaJs(topic) {
  const values = []
  const consumer = kafka.consumer({ groupId: topic + '-k', readUncommitted: false })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => values.push(message.value.toString()) })
  await pause()
  await consumer.disconnect()
  return values
}

await produce('three', [['first-aborted', 'abort'], ['committed', 'commit'], ['last-aborted', 'abort']])
await produce('long', [[['x'.repeat(400000), 'x'.repeat(400000), 'x'.repeat(400000)], 'abort'], ['committed', 'commit']])
const short = values => values.map(value => value.startsWith('x') ? 'aborted' : value).filter((value, i, all) => value !== all[i - 1])
for (const topic of ['three', 'long']) {
  console.log(`${topic}: kafkajs [${short(await kafkaJs(topic))}], platformatic [${short(await platformatic(topic))}]`)
}
process.exit()
JS
expect 'three: kafkajs [committed], platformatic [first-aborted,committed]'
expect 'long: kafkajs [committed], platformatic [aborted,committed]'
echo "as described"

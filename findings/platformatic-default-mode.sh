#!/usr/bin/env bash
# Package: @platformatic/kafka 2.12.1 and kafkajs 2.2.4 (npm), on Apache Kafka 4.4.0
# Behaviour: consume() without a mode begins at the end of each partition whatever its group has committed, although it commits what it reads: what arrives while the application is
#   restarted is never read, and the next commit steps over it. Only mode 'committed' goes on where the group was. One would expect a member of a group to go on from
#   the committed offset, and the setting to matter where there is none, as with kafkajs and the Java client.
# Seen: three records, one committed as consumed: kafkajs 1,2, platformatic none, platformatic with mode committed 1,2
. "$(dirname "$0")/lib/java.sh"
. "$(dirname "$0")/lib/node.sh"
libraries org.apache.kafka:kafka_2.13:4.4.0
packages @platformatic/kafka@2.12.1 kafkajs@2.2.4
kafka
node_main << 'JS'
import { Consumer, stringDeserializers } from '@platformatic/kafka'
import kafkajs from 'kafkajs'

const brokers = [process.argv[2]]
const topic = 'orders'
const kafka = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING })
const admin = kafka.admin()
await admin.connect()
await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] })
const producer = kafka.producer()
await producer.connect()
await producer.send({ topic, messages: ['0', '1', '2'].map(value => ({ value })) })
for (const groupId of ['k', 'p', 'c']) await admin.setOffsets({ groupId, topic, partitions: [{ partition: 0, offset: '1' }] })
const pause = () => new Promise(resolve => setTimeout(resolve, 8000))

const values = []
const first = kafka.consumer({ groupId: 'k' })
await first.connect()
await first.subscribe({ topics: [topic] })
await first.run({ eachMessage: async ({ message }) => values.push(message.value.toString()) })
await pause()
console.log(`kafkajs: ${values}`)

for (const [name, groupId, options] of [['platformatic', 'p', {}], ['platformatic, committed', 'c', { mode: 'committed' }]]) {
  const read = []
  const consumer = new Consumer({ groupId, clientId: groupId, bootstrapBrokers: brokers, deserializers: stringDeserializers })
  const stream = await consumer.consume({ topics: [topic], ...options })
  stream.on('data', message => read.push(message.value))
  await pause()
  console.log(`${name}: ${read}`)
  await consumer.close(true)
}
process.exit()
JS
expect 'kafkajs: 1,2'
expect 'platformatic: '
expect 'platformatic, committed: 1,2'
echo "as described"

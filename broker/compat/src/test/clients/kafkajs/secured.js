// Produces a record and reads it back, as somebody. Arguments: topic, settings of kafkajs as JSON; files are named by "ca", "cert", "key".
const fs = require('fs')
const { Kafka, logLevel } = require('kafkajs')

const [topic, json] = process.argv.slice(2)
const settings = JSON.parse(json)
for (const name of ['ca', 'cert', 'key']) {
  if (settings.ssl && settings.ssl[name]) settings.ssl[name] = fs.readFileSync(settings.ssl[name])
}

async function main () {
  const kafka = new Kafka({ logLevel: logLevel.ERROR, ...settings })
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic, messages: [{ value: 'from javascript' }] })
  await producer.disconnect()
  const consumer = kafka.consumer({ groupId: topic })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const read = new Promise(resolve => consumer.run({ eachMessage: async ({ message }) => resolve(message.value.toString()) }))
  if (await read !== 'from javascript') throw new Error('another value')
  await consumer.disconnect()
}

main().catch(e => { console.error(e); process.exit(1) })

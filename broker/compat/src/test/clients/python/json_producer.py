"""The producer of a common introduction to Kafka, but for the address: ten JSON values to my-topic."""
import json
import sys

from kafka import KafkaProducer

producer = KafkaProducer(bootstrap_servers=sys.argv[1])
for i in range(10):
    data = {'key': 'test', 'value': f'hello {i}'}
    value = json.dumps(data).encode('utf-8')
    producer.send('my-topic', key=None, value=value)
producer.flush()

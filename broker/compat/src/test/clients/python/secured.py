"""Produces a record and reads it back, as somebody. Arguments: topic, then settings of kafka-python as JSON."""
import json
import sys

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

topic, settings = sys.argv[1], json.loads(sys.argv[2])
producer = KafkaProducer(**settings)
producer.send(topic, b'from python', partition=0).get(timeout=30)
consumer = KafkaConsumer(**settings)
consumer.assign([TopicPartition(topic, 0)])
consumer.seek_to_beginning()
assert next(consumer).value == b'from python'

"""Its consumer: prints each value. It never ends by itself."""
import json
import sys

from kafka import KafkaConsumer

consumer = KafkaConsumer('my-topic', group_id='my-group', bootstrap_servers=[sys.argv[1]])
for msg in consumer:
    print(json.loads(msg.value), flush=True)

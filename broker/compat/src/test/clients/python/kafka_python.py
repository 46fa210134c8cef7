"""Cases for kafka-python 2.0.2, one per call: kafka_python.py BOOTSTRAP CASE PREFIX. Fails with a traceback."""
import sys
import threading
import time

from kafka import KafkaConsumer, KafkaProducer, OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
from kafka.errors import (GroupIdNotFoundError, InvalidTopicError, MessageSizeTooLargeError, NonEmptyGroupError, TopicAlreadyExistsError,
                          UnknownTopicOrPartitionError)

BOOTSTRAP, CASE, PREFIX = sys.argv[1:4]
TOPIC = PREFIX + '-' + CASE.replace(':', '-')
LIMIT = 60


def await_(what, condition):
    end = time.time() + LIMIT
    while not condition():
        assert time.time() < end, 'waited in vain until ' + what
        time.sleep(0.02)


def create(partitions=1, **configs):
    admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    admin.create_topics([NewTopic(TOPIC, partitions, 1, topic_configs=configs)])
    admin.close()


def read(count, **options):
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, auto_offset_reset='earliest', **options)
    consumer.assign([TopicPartition(TOPIC, 0)])
    records, end = [], time.time() + LIMIT
    while len(records) < count:
        assert time.time() < end, f'{len(records)} of {count} records'
        for some in consumer.poll(200).values():
            records += some
    consumer.close()
    return records


def codec(name):
    """Every codec, and that the broker was handed compressed batches."""
    create()
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, compression_type=None if name == 'none' else name, linger_ms=20)
    sent = [b'value %d of a text that compresses well' % i for i in range(1000)]
    futures = [producer.send(TOPIC, key=b'key%d' % i, value=value) for i, value in enumerate(sent)]
    producer.flush()
    assert [f.get(LIMIT).offset for f in futures] == list(range(1000))
    producer.close()
    records = read(1000)
    assert [r.value for r in records] == sent
    assert records[7].key == b'key7'


def acks(value):
    create()
    value = 'all' if value == 'all' else int(value)
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP, acks=value)
    for i in range(10):
        producer.send(TOPIC, b'%d' % i)
    producer.flush()
    producer.close()
    assert [r.value for r in read(10)] == [b'%d' % i for i in range(10)]


def record_fields():
    create()
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
    producer.send(TOPIC, key=b'k', value=b'v', headers=[('h', b'\x00\xff'), ('h', b'')], timestamp_ms=1700000000123).get(LIMIT)
    producer.send(TOPIC, key=b'tombstone', value=None).get(LIMIT)
    producer.close()
    first, second = read(2)
    assert (first.key, first.value, first.timestamp, first.timestamp_type) == (b'k', b'v', 1700000000123, 0)
    assert first.headers == [('h', b'\x00\xff'), ('h', b'')], first.headers
    assert (second.key, second.value) == (b'tombstone', None)


def too_large():
    create(**{'max.message.bytes': '10000'})
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
    try:
        producer.send(TOPIC, b'x' * 20000).get(LIMIT)
        raise AssertionError('a large record was taken')
    except MessageSizeTooLargeError:
        pass
    assert producer.send(TOPIC, b'small').get(LIMIT).offset == 0


def offsets():
    create()
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
    for i in range(10):
        producer.send(TOPIC, b'%d' % i, timestamp_ms=10000 + i * 100).get(LIMIT)
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP)
    partition = TopicPartition(TOPIC, 0)
    assert consumer.beginning_offsets([partition]) == {partition: 0}
    assert consumer.end_offsets([partition]) == {partition: 10}
    found = consumer.offsets_for_times({partition: 10250})[partition]
    assert (found.offset, found.timestamp) == (3, 10300), found
    assert consumer.offsets_for_times({partition: 99999})[partition] is None
    assert consumer.partitions_for_topic(TOPIC) == {0}
    assert TOPIC in consumer.topics()


def group():
    """Two members share a topic; when one leaves, the other takes over; a third one goes on where they stopped."""
    create(4)
    members, values, stop = {}, [], {}

    def member(name):
        stop[name] = threading.Event()
        consumer = KafkaConsumer(TOPIC, bootstrap_servers=BOOTSTRAP, group_id=TOPIC, auto_offset_reset='earliest', heartbeat_interval_ms=500)
        while not stop[name].is_set():
            for some in consumer.poll(100).values():
                values.extend(r.value for r in some)
            members[name] = consumer.assignment()
        consumer.close()
        members[name] = set()

    threads = {name: threading.Thread(target=member, args=(name,), daemon=True) for name in ('one', 'two')}
    threads['one'].start()
    await_('one has all', lambda: len(members.get('one', ())) == 4)
    threads['two'].start()
    await_('both have half', lambda: [len(members.get(n, ())) for n in ('one', 'two')] == [2, 2])
    assert not members['one'] & members['two']
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
    for i in range(40):
        producer.send(TOPIC, b'%d' % i, partition=i % 4)
    producer.flush()
    await_('all is read', lambda: len(values) >= 40)
    assert len(set(values)) == 40
    stop['two'].set()
    threads['two'].join(LIMIT)
    await_('one has all again', lambda: len(members['one']) == 4)
    stop['one'].set()
    threads['one'].join(LIMIT)
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=TOPIC)
    assert sum(consumer.committed(TopicPartition(TOPIC, p)) for p in range(4)) == 40


def commit():
    create()
    partition = TopicPartition(TOPIC, 0)
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=TOPIC, enable_auto_commit=False)
    consumer.assign([partition])
    assert consumer.committed(partition) is None
    consumer.commit({partition: OffsetAndMetadata(5, 'five')})
    assert consumer.committed(partition, metadata=True) == OffsetAndMetadata(5, 'five')


def admin():
    client = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    client.create_topics([NewTopic(TOPIC, 2, 1, topic_configs={'retention.ms': '1000000'})])
    try:
        client.create_topics([NewTopic(TOPIC, 2, 1)])
        raise AssertionError('created twice')
    except TopicAlreadyExistsError:
        pass
    try:
        client.create_topics([NewTopic('not valid', 2, 1)])
        raise AssertionError('created with an invalid name')
    except InvalidTopicError:
        pass
    assert TOPIC in client.list_topics()
    cluster = client.describe_cluster()
    assert cluster['controller_id'] == cluster['brokers'][0]['node_id']
    await_('it has partitions', lambda: len(client.describe_topics([TOPIC])[0]['partitions']) == 2)
    client.create_partitions({TOPIC: NewPartitions(3)})
    await_('it has grown', lambda: len(client.describe_topics([TOPIC])[0]['partitions']) == 3)

    def config(name):
        entries = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC)])[0].resources[0][4]
        return {entry[0]: entry[1] for entry in entries}[name]
    assert config('retention.ms') == '1000000'
    client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC, {'segment.bytes': '2097152'})])
    await_('the setting is seen', lambda: config('segment.bytes') == '2097152')
    assert config('retention.ms') == '604800000'  # AlterConfigs replaces all settings
    client.delete_topics([TOPIC])
    await_('it is gone', lambda: TOPIC not in client.list_topics())
    try:
        client.delete_topics([TOPIC])
        raise AssertionError('deleted twice')
    except UnknownTopicOrPartitionError:
        pass


def groups():
    create()
    client = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    consumer = KafkaConsumer(TOPIC, bootstrap_servers=BOOTSTRAP, group_id=TOPIC, client_id='some-client', enable_auto_commit=False)
    end = time.time() + LIMIT
    while not consumer.assignment():
        consumer.poll(100)
        assert time.time() < end
    assert (TOPIC, 'consumer') in client.list_consumer_groups()
    described = client.describe_consumer_groups([TOPIC])[0]
    assert (described.state, described.protocol) == ('Stable', 'range'), described
    assert described.members[0].client_id == 'some-client'
    assert described.members[0].member_assignment.assignment == [(TOPIC, [0])]
    assert client.delete_consumer_groups([TOPIC]) == [(TOPIC, NonEmptyGroupError)]
    consumer.commit({TopicPartition(TOPIC, 0): OffsetAndMetadata(1, '')})
    consumer.close()
    assert client.list_consumer_group_offsets(TOPIC)[TopicPartition(TOPIC, 0)].offset == 1
    assert [error.errno for _, error in client.delete_consumer_groups([TOPIC])] == [0]
    assert client.delete_consumer_groups([TOPIC]) == [(TOPIC, GroupIdNotFoundError)]


name, _, argument = CASE.partition(':')
globals()[name](*[argument] if argument else [])

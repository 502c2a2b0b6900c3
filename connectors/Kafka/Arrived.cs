namespace StreamDeploy.Connectors.Kafka;

/// <summary>A record that was read after the fact, with its Kafka timestamp.</summary>
public readonly record struct Arrived<T>(T Record, long KafkaTimestampMs);

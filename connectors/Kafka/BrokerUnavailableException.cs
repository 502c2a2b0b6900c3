namespace StreamDeploy.Connectors.Kafka;

/// <summary>The broker has not acknowledged in time, or nothing more can be queued for it: try again later. The record may have been written all the same.</summary>
public sealed class BrokerUnavailableException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>A record is larger than the broker or the producer takes; trying again does not help.</summary>
public sealed class RecordTooLargeException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>Settings that cannot work, or a cluster that does not fit them: someone has to change something.</summary>
public sealed class KafkaSettingsException(string message, Exception? cause = null) : Exception(message, cause);

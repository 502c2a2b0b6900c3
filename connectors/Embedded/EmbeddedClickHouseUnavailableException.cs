namespace StreamDeploy.Connectors.Embedded;

/// <summary>ClickHouse's engine cannot be had on this machine; the message says why and what to do.</summary>
public sealed class EmbeddedClickHouseUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

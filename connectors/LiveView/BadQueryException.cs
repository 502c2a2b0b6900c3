namespace StreamDeploy.Connectors.LiveView;

/// <summary>An address asks for what cannot be; the message names the parameter and what it may be.</summary>
public sealed class BadQueryException(string message) : Exception(message);

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Why a record can never be read, however often it is tried.</summary>
public enum PoisonReason
{
    /// <summary>It names no schema: it has neither the record header nor the first bytes of Confluent's wire format, or a wrong one.</summary>
    NotWireFormat,

    /// <summary>The registry has no schema of the record's id or GUID.</summary>
    UnknownSchema,

    /// <summary>The registry's schema of this id is not Avro, not valid or has references that cannot be followed.</summary>
    UnreadableSchema,

    /// <summary>The writer's schema cannot be read as ours.</summary>
    IncompatibleSchema,

    /// <summary>The bytes are not what the writer's schema says.</summary>
    Malformed,
}

/// <summary>A record that can never be read: it goes to dead-letters with this reason and message.</summary>
public sealed class PoisonException : Exception
{
    public PoisonException() { }

    public PoisonException(string message) : base(message) { }

    public PoisonException(string message, Exception inner) : base(message, inner) { }

    public PoisonException(PoisonReason reason, string message, Exception? inner = null) : base(message, inner) => Reason = reason;

    public PoisonReason Reason { get; }
}

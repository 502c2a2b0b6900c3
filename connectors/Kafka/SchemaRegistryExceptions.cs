namespace StreamDeploy.Connectors.Kafka;

/// <summary>The registry cannot be reached or is not well. It may answer later: wait and try again, and reject no record for it.</summary>
public sealed class SchemaRegistryUnavailableException : Exception
{
    public SchemaRegistryUnavailableException() { }

    public SchemaRegistryUnavailableException(string message) : base(message) { }

    public SchemaRegistryUnavailableException(string message, Exception? inner) : base(message, inner) { }
}

/// <summary>The registry does not let us in (401 or 403): a setting must change.</summary>
public sealed class SchemaRegistryDeniedException : Exception
{
    public SchemaRegistryDeniedException() { }

    public SchemaRegistryDeniedException(string message) : base(message) { }

    public SchemaRegistryDeniedException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>The registry is well and has no schema of this id: the record that names it can never be read.</summary>
public sealed class UnknownSchemaException : Exception
{
    public UnknownSchemaException() { }

    public UnknownSchemaException(string message) : base(message) { }

    public UnknownSchemaException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>The registry has a schema of this id, which is none that we can read: not Avro, not valid, or with references that cannot be followed.</summary>
public sealed class UnreadableSchemaException : Exception
{
    public UnreadableSchemaException() { }

    public UnreadableSchemaException(string message) : base(message) { }

    public UnreadableSchemaException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>The registry refuses a schema: not compatible with what the subject has (409), or not valid in its eyes (422).</summary>
public sealed class SchemaRejectedException : Exception
{
    public SchemaRejectedException() { }

    public SchemaRejectedException(string message) : base(message) { }

    public SchemaRejectedException(string message, Exception inner) : base(message, inner) { }
}

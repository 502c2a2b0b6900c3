namespace StreamDeploy.Schemas;

/// <summary>Bytes that are not what their schema says, or a value that its schema does not allow.</summary>
public sealed class AvroException : Exception
{
    public AvroException() { }

    public AvroException(string message) : base(message) { }

    public AvroException(string message, Exception inner) : base(message, inner) { }

    internal AvroException(string message, int offset, string path = "")
        : base(path.Length == 0 ? $"at byte {offset}: {message}" : $"{path} at byte {offset}: {message}")
    {
        Problem = message;
        Offset = offset;
        Path = path;
    }

    /// <summary>Where in the body the wrong value begins; -1 where a value was written.</summary>
    public int Offset { get; } = -1;

    /// <summary>The field, as "Deployment.links[3].href".</summary>
    public string Path { get; } = "";

    internal string Problem { get; } = "";
}

/// <summary>A text that is no Avro schema. The message says where in the schema.</summary>
public sealed class AvroSchemaException : Exception
{
    public AvroSchemaException() { }

    public AvroSchemaException(string message) : base(message) { }

    public AvroSchemaException(string message, Exception inner) : base(message, inner) { }
}

/// <summary>What one schema wrote cannot be read as the other says.</summary>
public sealed class AvroResolutionException : Exception
{
    public AvroResolutionException() { }

    public AvroResolutionException(string message) : base(message) { }

    public AvroResolutionException(string message, Exception inner) : base(message, inner) { }
}

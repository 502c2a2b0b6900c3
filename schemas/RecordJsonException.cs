namespace StreamDeploy.Schemas;

/// <summary>JSON that is not the record it should be, or a record that JSON cannot hold. The message begins with the path.</summary>
public sealed class RecordJsonException : Exception
{
    public RecordJsonException() { }

    public RecordJsonException(string message) : base(message) { }

    public RecordJsonException(string message, Exception inner) : base(message, inner) { }

    internal RecordJsonException(string path, string problem) : base($"{path}: {problem}") => (Path, Problem) = (path, problem);

    /// <summary>As "deployment.links[0].href".</summary>
    public string Path { get; } = "";

    /// <summary>The message without the path.</summary>
    public string Problem { get; } = "";
}

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Keys and secrets of the catalog: given as they are, as <c>env:NAME</c> or as <c>file:PATH</c>.</summary>
internal sealed class SecretReferences(string folder, Func<string, string?> environment)
{
    private const string EnvironmentPrefix = "env:";
    private const string FilePrefix = "file:";

    /// <summary>The secret, or null and what is wrong. The problem never repeats a secret.</summary>
    public string? Resolve(string reference, out string problem)
    {
        problem = "";
        if (reference.StartsWith(EnvironmentPrefix, StringComparison.Ordinal))
        {
            var name = reference[EnvironmentPrefix.Length..];
            if (environment(name) is { Length: > 0 } value)
                return value;
            problem = $"the environment variable '{name}' is not set or empty";
            return null;
        }

        if (!reference.StartsWith(FilePrefix, StringComparison.Ordinal))
            return reference;

        var path = Path.GetFullPath(Path.Combine(folder, reference[FilePrefix.Length..]));
        try
        {
            // Editors end a file with a newline; no secret ends with one.
            if (File.ReadAllText(path).TrimEnd('\r', '\n') is { Length: > 0 } text)
                return text;
            problem = $"the file {path} is empty";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problem = $"the file {path} cannot be read: {error.GetType().Name}";
        }

        return null;
    }
}

namespace StreamDeploy.Connectors.LiveView.Pipelines;

/// <summary>The files of docker/templates, with the address of the ingest filled in where they have room for it. Keys never are: they belong into the tool's own store of secrets.</summary>
public static class Template
{
    private const string Example = "https://streamdeploy.example.com";
    private const string ActionsVariable = "${{ vars.STREAMDEPLOY_URL }}";

    /// <param name="file">Its name.</param>
    /// <param name="ingest">What senders reach the ingest by; null: not known, so it stays as it is.</param>
    public static string Read(string file, string? ingest)
    {
        using var stream = typeof(Template).Assembly.GetManifestResourceStream("templates/" + file) ?? throw new ArgumentException($"there is no template {file}", nameof(file));
        using var reader = new StreamReader(stream);
        var text = reader.ReadToEnd();
        // What is no plain address would be a part of the script.
        return Words.SafeHref(ingest) is null || ingest!.Any(c => !char.IsAsciiLetterOrDigit(c) && !":/.-_[]".Contains(c, StringComparison.Ordinal))
            ? text
            : text.Replace(Example, ingest, StringComparison.Ordinal).Replace(ActionsVariable, ingest, StringComparison.Ordinal);
    }
}

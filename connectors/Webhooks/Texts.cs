namespace StreamDeploy.Connectors.Webhooks;

/// <summary>How long a text from outside may become in a record.</summary>
public static class Texts
{
    public const int SummaryMax = 1024;
    public const int NameMax = 255;
    public const int HrefMax = 2048;

    /// <summary>The text, or what fits of it with an ellipsis that marks the cut. Never half of a surrogate pair.</summary>
    public static string Cut(string text, int max)
    {
        if (text.Length <= max)
            return text;
        var end = char.IsHighSurrogate(text[max - 2]) ? max - 2 : max - 1;
        return string.Concat(text.AsSpan(0, end), "…");
    }

    public static string FirstLine(string text)
    {
        var end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }

    /// <summary>Whether a link may be shown to people: absolute and http(s), so that no <c>javascript:</c> reaches a page.</summary>
    public static bool IsWebAddress(string href) =>
        href.Length <= HrefMax && Uri.TryCreate(href, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
}

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From the address of a Git repository to the name its host gives it: owner/repo, as in the host's own webhooks.</summary>
public static class RepositoryUrl
{
    private const string Suffix = ".git";

    /// <summary>Null for what names no owner and no repository: another scheme, a path of one part.</summary>
    /// <param name="url"><c>https://host/owner/repo.git</c>, <c>ssh://git@host:22/owner/repo</c> or <c>git@host:owner/repo</c>; GitLab's groups may be nested.</param>
    public static string? NameOf(string url)
    {
        var path = PathOf(url)?.Trim('/');
        if (path is not null && path.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
            path = path[..^Suffix.Length];
        return path is { Length: <= Texts.NameMax } && path.IndexOf('/') is > 0 and var slash && slash < path.Length - 1 ? path : null;
    }

    private static string? PathOf(string url)
    {
        if (url.Contains("://", StringComparison.Ordinal))
            return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" or "ssh" or "git" ? Uri.UnescapeDataString(uri.AbsolutePath) : null;
        // As scp writes it: the host ends at the colon, before any slash.
        var colon = url.IndexOf(':');
        return colon > 0 && url.IndexOf('/') is var slash && (slash < 0 || slash > colon) ? url[(colon + 1)..] : null;
    }
}

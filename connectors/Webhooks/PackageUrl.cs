using System.Text.RegularExpressions;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>What a package URL (<c>pkg:type/namespace/name@version?qualifiers</c>) says of an artifact's version and origin.</summary>
/// <remarks>
/// https://github.com/package-url/purl-spec. An image's version is its digest, which nobody calls a version; the qualifier <c>tag</c> is. A repository is what
/// <c>pkg:github</c> and <c>pkg:bitbucket</c> name, and what the qualifier <c>vcs_url</c> says: a Go module's path or an image's registry may lie elsewhere.
/// </remarks>
public sealed partial record PackageUrl(string? Version, string? Repository, string? Commit)
{
    private static readonly PackageUrl None = new(null, null, null);

    public static PackageUrl Read(string? text)
    {
        if (text is null || Pattern().Match(text) is not { Success: true } parts)
            return None;

        var version = Decoded(parts.Groups["version"].Value);
        var (tag, vcsUrl) = Qualifiers(parts.Groups["qualifiers"].Value);
        var (repository, commit) = parts.Groups["type"].Value.ToLowerInvariant() is "github" or "bitbucket"
            ? (RepositoryUrl.NameOf("https://host/" + Decoded(parts.Groups["path"].Value)), version)
            : Origin(vcsUrl);
        commit = commit is not null && Webhook.IsCommit(commit) ? commit : null;
        if (tag is null && version != commit && version?.Contains(':', StringComparison.Ordinal) == false)
            tag = version;
        return new PackageUrl(tag is null ? null : Texts.Cut(tag, Texts.NameMax), repository, commit);
    }

    private static (string? Tag, string? VcsUrl) Qualifiers(string text)
    {
        string? tag = null, vcsUrl = null;
        foreach (var qualifier in text.Split('&'))
        {
            var equals = qualifier.IndexOf('=');
            var value = equals < 0 ? null : Decoded(qualifier[(equals + 1)..]);
            if (qualifier.StartsWith("tag=", StringComparison.OrdinalIgnoreCase))
                tag = value;
            else if (qualifier.StartsWith("vcs_url=", StringComparison.OrdinalIgnoreCase))
                vcsUrl = value;
        }

        return (tag, vcsUrl);
    }

    // As SPDX writes it: git+https://host/owner/repo.git@commit#path.
    private static (string? Repository, string? Commit) Origin(string? vcsUrl)
    {
        if (vcsUrl is null || VcsUrl().Match(vcsUrl) is not { Success: true } parts)
            return (null, null);
        return (RepositoryUrl.NameOf(parts.Groups["url"].Value), parts.Groups["commit"].Value is { Length: > 0 } commit ? commit : null);
    }

    private static string? Decoded(string text) => text.Length == 0 ? null : Uri.UnescapeDataString(text);

    [GeneratedRegex(@"^pkg:/*(?<type>[A-Za-z0-9.+-]+)/(?<path>[^@?#]+)(?:@(?<version>[^?#]+))?(?:\?(?<qualifiers>[^#]*))?(?:#.*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();

    [GeneratedRegex(@"^(?:git\+)?(?<url>[A-Za-z]+://[^#]*?)(?:@(?<commit>[0-9a-fA-F]+))?(?:#.*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex VcsUrl();
}

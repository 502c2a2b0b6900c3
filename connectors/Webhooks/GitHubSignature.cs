using System.Buffers;
using System.Security.Cryptography;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>Proof that GitHub sent these bytes: <c>X-Hub-Signature-256: sha256=&lt;hex of HMAC-SHA256(secret, raw body)&gt;</c>.</summary>
/// <remarks>
/// https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries has the test vector. Every secret is tried, so that the time
/// taken says nothing about which of them matched.
/// </remarks>
public static class GitHubSignature
{
    public const string Header = "X-Hub-Signature-256";
    private const string Prefix = "sha256=";

    public static bool IsValid(ReadOnlySpan<byte> body, string? header, IReadOnlyList<byte[]> secrets)
    {
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        if (!TryReadHeader(header, given))
            return false;

        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var valid = false;
        for (var i = 0; i < secrets.Count; i++)
        {
            HMACSHA256.HashData(secrets[i], body, expected);
            valid |= CryptographicOperations.FixedTimeEquals(expected, given);
        }

        return valid;
    }

    private static bool TryReadHeader(string? header, Span<byte> signature) =>
        header is not null
        && header.Length == Prefix.Length + (2 * signature.Length)
        && header.StartsWith(Prefix, StringComparison.Ordinal)
        && Convert.FromHexString(header.AsSpan(Prefix.Length), signature, out _, out _) == OperationStatus.Done;
}

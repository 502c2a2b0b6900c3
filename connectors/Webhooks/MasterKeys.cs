using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>The keys under which signing secrets are encrypted in the tables' topics: the first seals, any opens.</summary>
/// <remarks>
/// Written <c>ID:BASE64</c> with 32 bytes of key, several with commas. To rotate: give every instance <c>old,new</c>, then <c>new,old</c> (what the old one sealed
/// is sealed again at start), then <c>new</c>. AES-256-GCM; the entry a secret belongs to is authenticated with it, so that a sealed secret copied into another
/// entry does not open.
/// </remarks>
public sealed partial class MasterKeys
{
    private const int KeyBytes = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly List<(string Id, byte[] Key)> _keys = [];

    private MasterKeys()
    {
    }

    public static MasterKeys None { get; } = new();

    public bool CanSeal => _keys.Count > 0;

    /// <exception cref="FormatException">Says what is wrong, without repeating a key.</exception>
    public static MasterKeys Parse(string text)
    {
        var keys = new MasterKeys();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            var colon = part.IndexOf(':', StringComparison.Ordinal);
            var id = colon < 0 ? "" : part[..colon];
            var key = new byte[KeyBytes + 1];
            if (!IdPattern().IsMatch(id))
                throw new FormatException("a master key is ID:BASE64; its id is 1 to 32 letters, digits, - or _");
            if (!Convert.TryFromBase64String(part[(colon + 1)..], key, out var length) || length != KeyBytes)
                throw new FormatException($"master key {id} is not {KeyBytes} bytes in base64: openssl rand -base64 32 makes one");
            if (keys._keys.Exists(known => known.Id == id))
                throw new FormatException($"two master keys are called {id}");
            keys._keys.Add((id, key[..KeyBytes]));
        }

        return keys;
    }

    /// <param name="secret">In UTF-8.</param>
    /// <param name="entry">What it belongs to, for ever.</param>
    public string Seal(ReadOnlySpan<byte> secret, string entry)
    {
        var (id, key) = _keys[0];
        var box = new byte[NonceBytes + secret.Length + TagBytes];
        RandomNumberGenerator.Fill(box.AsSpan(0, NonceBytes));
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(box.AsSpan(0, NonceBytes), secret, box.AsSpan(NonceBytes, secret.Length), box.AsSpan(NonceBytes + secret.Length), Encoding.UTF8.GetBytes(entry));
        return $"{id}:{Convert.ToBase64String(box)}";
    }

    /// <summary>The secret; null where its key is not here, or it was sealed for another entry.</summary>
    public byte[]? Open(string sealedText, string entry)
    {
        var colon = sealedText.IndexOf(':', StringComparison.Ordinal);
        var key = colon < 0 ? null : _keys.Find(known => known.Id == sealedText[..colon]).Key;
        var box = new byte[sealedText.Length];
        if (key is null || !Convert.TryFromBase64String(sealedText[(colon + 1)..], box, out var length) || length < NonceBytes + TagBytes)
            return null;

        var secret = new byte[length - NonceBytes - TagBytes];
        using var aes = new AesGcm(key, TagBytes);
        try
        {
            aes.Decrypt(box.AsSpan(0, NonceBytes), box.AsSpan(NonceBytes, secret.Length), box.AsSpan(NonceBytes + secret.Length, TagBytes), secret, Encoding.UTF8.GetBytes(entry));
            return secret;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }

    /// <summary>Whether a sealed secret is to be sealed again under the first key.</summary>
    public bool IsOld(string sealedText) => CanSeal && !sealedText.StartsWith(_keys[0].Id + ":", StringComparison.Ordinal);

    /// <summary>The name of an entry, to which its secrets are bound.</summary>
    internal static string EntryOf(Type entity, string accountId, long id) => $"{entity.Name}/{accountId}/{id}";

    [GeneratedRegex("^[A-Za-z0-9_-]{1,32}$", RegexOptions.CultureInvariant)]
    private static partial Regex IdPattern();
}

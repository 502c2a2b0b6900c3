using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace StreamDeploy.Connectors.LiveView.Session;

/// <summary>Seals what is given to browsers to keep, under one key: every process that has the key opens it.</summary>
/// <remarks>
/// In place of ASP.NET Core's key ring, which lives in files of one machine. AES-256-GCM; each purpose has a key of its own (HKDF), so that a sealed session is no sealed
/// form token. The nonce is random: 2³² seals under one key are safe, which is years of sign-ins.
/// </remarks>
internal sealed class SessionKeys(byte[] key) : IDataProtectionProvider
{
    public static SessionKeys OfThisProcess() => new(RandomNumberGenerator.GetBytes(32));

    public IDataProtector CreateProtector(string purpose) => new Protector(key, purpose);

    private sealed class Protector(byte[] master, string purposes) : IDataProtector
    {
        private const int NonceBytes = 12;
        private const int TagBytes = 16;

        private readonly byte[] _key = HKDF.DeriveKey(HashAlgorithmName.SHA256, master, 32, info: Encoding.UTF8.GetBytes(purposes));

        public IDataProtector CreateProtector(string purpose) => new Protector(master, $"{purposes}\u001f{purpose}");

        public byte[] Protect(byte[] plaintext)
        {
            var sealedBytes = new byte[NonceBytes + TagBytes + plaintext.Length];
            var nonce = sealedBytes.AsSpan(0, NonceBytes);
            RandomNumberGenerator.Fill(nonce);
            using var aes = new AesGcm(_key, TagBytes);
            aes.Encrypt(nonce, plaintext, sealedBytes.AsSpan(NonceBytes + TagBytes), sealedBytes.AsSpan(NonceBytes, TagBytes));
            return sealedBytes;
        }

        /// <exception cref="CryptographicException">It was not sealed under this key, for this purpose.</exception>
        public byte[] Unprotect(byte[] protectedData)
        {
            if (protectedData.Length < NonceBytes + TagBytes)
                throw new CryptographicException("too short to have been sealed");
            var plaintext = new byte[protectedData.Length - NonceBytes - TagBytes];
            using var aes = new AesGcm(_key, TagBytes);
            aes.Decrypt(protectedData.AsSpan(0, NonceBytes), protectedData.AsSpan(NonceBytes + TagBytes), protectedData.AsSpan(NonceBytes, TagBytes), plaintext);
            return plaintext;
        }
    }
}

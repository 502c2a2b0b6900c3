using System.Text;
using Microsoft.AspNetCore.Http;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

public sealed class BearerProofTests
{
    private const string Secret = "the secret";

    private static bool IsValid(string? header, params string[] secrets)
    {
        IHeaderDictionary headers = new HeaderDictionary();
        if (header is not null)
            headers.Authorization = header;
        return BearerProof.IsValid(headers, [.. (secrets.Length == 0 ? [Secret] : secrets).Select(Encoding.UTF8.GetBytes)]);
    }

    [Theory]
    [InlineData("Bearer the secret")]
    [InlineData("bearer the secret")]
    [InlineData("Bearer  the secret ")]
    public void The_secret_behind_the_scheme_is_the_proof(string header) => Assert.True(IsValid(header));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("the secret")]
    [InlineData("Basic the secret")]
    [InlineData("Bearer the secret2")]
    [InlineData("Bearer The secret")]
    public void Anything_else_is_none(string? header) => Assert.False(IsValid(header));

    [Fact]
    public void Any_one_byte_changed_is_noticed()
    {
        for (var i = 0; i < Secret.Length; i++)
        {
            var changed = Secret.ToCharArray();
            changed[i] ^= (char)1;
            Assert.False(IsValid("Bearer " + new string(changed)), $"{i}");
        }
    }

    [Fact]
    public void Any_of_the_secrets_is_valid_and_two_headers_are_none()
    {
        Assert.True(IsValid("Bearer the secret", "old", Secret));
        Assert.False(IsValid("Bearer the secret", "old", "new"));
        Assert.False(BearerProof.IsValid(new HeaderDictionary { ["Authorization"] = new(["Bearer the secret", "Bearer the secret"]) }, [Encoding.UTF8.GetBytes(Secret)]));
    }
}

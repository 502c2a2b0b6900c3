using System.Text;
using Microsoft.AspNetCore.Http;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

public sealed class TokenProofTests
{
    private const string Secret = "pass:wörd";

    private static bool IsAuthorized(string? authorization, params string[] secrets) =>
        TokenProof.IsAuthorized(
            authorization is null ? new HeaderDictionary() : new HeaderDictionary { ["Authorization"] = authorization },
            [.. (secrets.Length == 0 ? ["old", Secret] : secrets).Select(Encoding.UTF8.GetBytes)]);

    private static string Basic(byte[] credentials) => "Basic " + Convert.ToBase64String(credentials);

    private static string Basic(string credentials) => Basic(Encoding.UTF8.GetBytes(credentials));

    [Fact]
    public void The_secret_is_a_bearer_token_or_the_password_of_any_user()
    {
        Assert.True(IsAuthorized("Bearer " + Secret));
        Assert.True(IsAuthorized("bearer  " + Secret + " "));
        Assert.True(IsAuthorized(Basic("ilert:" + Secret)));
        Assert.True(IsAuthorized(Basic(":" + Secret)));
        Assert.True(IsAuthorized("basic " + Basic("x:old")["Basic ".Length..]));
    }

    [Fact]
    public void Any_one_byte_changed_is_noticed()
    {
        for (var i = 0; i < Secret.Length; i++)
        {
            var changed = Secret.ToCharArray();
            changed[i] ^= (char)1;
            Assert.False(IsAuthorized("Bearer " + new string(changed)), $"bearer, {i}");
        }

        var credentials = Encoding.UTF8.GetBytes("u:" + Secret);
        for (var i = "u:".Length; i < credentials.Length; i++)
        {
            var changed = credentials.ToArray();
            changed[i] ^= 1;
            Assert.False(IsAuthorized(Basic(changed)), $"basic, {i}");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Bearer ")]
    [InlineData("Bearer")]
    [InlineData("Bearer secre")]
    [InlineData("Bearer secrett")]
    [InlineData("secret")]
    [InlineData("Basic secret")]
    [InlineData("Basic !!!!")]
    [InlineData("Basic ")]
    [InlineData("Digest secret")]
    public void Anything_else_is_refused(string? authorization) => Assert.False(IsAuthorized(authorization, "secret"));

    [Fact]
    public void A_user_is_no_password_and_two_headers_are_none()
    {
        Assert.False(IsAuthorized(Basic("secret:"), "secret"));
        Assert.False(IsAuthorized(Basic("secret"), "secret"));
        Assert.False(IsAuthorized("Bearer ", ""));
        Assert.False(TokenProof.IsAuthorized(new HeaderDictionary { ["Authorization"] = new(["Bearer secret", "Bearer secret"]) }, ["secret"u8.ToArray()]));
    }
}

using System.Text;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

public sealed class SignatureTests
{
    private const string Signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    private static readonly byte[] Secret = "It's a Secret to Everybody"u8.ToArray();
    private static readonly byte[] Body = "Hello, World!"u8.ToArray();

    [Fact]
    public void GitHub_s_own_example_is_valid() => Assert.True(GitHubSignature.IsValid(Body, Signature, [Secret]));

    [Fact]
    public void Any_of_several_secrets_is_valid_while_one_is_rotated()
    {
        Assert.True(GitHubSignature.IsValid(Body, Signature, ["old"u8.ToArray(), Secret]));
        Assert.True(GitHubSignature.IsValid(Body, Signature, [Secret, "new"u8.ToArray()]));
        Assert.False(GitHubSignature.IsValid(Body, Signature, ["old"u8.ToArray(), "new"u8.ToArray()]));
        Assert.False(GitHubSignature.IsValid(Body, Signature, []));
    }

    [Fact]
    public void Every_flipped_bit_of_the_body_is_noticed()
    {
        for (var bit = 0; bit < Body.Length * 8; bit++)
        {
            var changed = Body.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(GitHubSignature.IsValid(changed, Signature, [Secret]), $"bit {bit}");
        }
    }

    [Fact]
    public void Every_changed_character_of_the_signature_is_noticed()
    {
        for (var i = 0; i < Signature.Length; i++)
        {
            var changed = new StringBuilder(Signature);
            changed[i] = changed[i] == '0' ? '1' : '0';
            Assert.False(GitHubSignature.IsValid(Body, changed.ToString(), [Secret]), $"character {i}");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    [InlineData("sha1=757107ea0eb2509fc211221cce984b8a37570b6d")]
    [InlineData(Signature + "00")]
    [InlineData(Signature + ",sha256=00")]
    [InlineData("sha256=zz7107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")]
    public void Something_else_in_the_header_is_refused(string? header) => Assert.False(GitHubSignature.IsValid(Body, header, [Secret]));
}

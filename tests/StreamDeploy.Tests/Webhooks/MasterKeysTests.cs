using System.Text;
using StreamDeploy.Connectors.Webhooks;

namespace StreamDeploy.Tests.Webhooks;

public sealed class MasterKeysTests
{
    private const string Entry = "DeploymentPipeline/acme/1";
    private static readonly byte[] Secret = Encoding.UTF8.GetBytes("It's a Secret to Everybody");
    private static readonly MasterKeys Old = MasterKeys.Parse(ManagementWorld.MasterKey);
    private static readonly MasterKeys New = MasterKeys.Parse(ManagementWorld.NextMasterKey);

    [Fact]
    public void What_was_sealed_opens_for_its_entry_and_under_its_key_only()
    {
        var box = Old.Seal(Secret, Entry);

        Assert.Equal(Secret, Old.Open(box, Entry));
        Assert.Equal(Secret, MasterKeys.Parse($"{ManagementWorld.NextMasterKey},{ManagementWorld.MasterKey}").Open(box, Entry));
        Assert.Null(Old.Open(box, "DeploymentPipeline/acme/2"));
        Assert.Null(Old.Open(box, "AlertSource/acme/1"));
        Assert.Null(New.Open(box, Entry));
        Assert.Null(MasterKeys.None.Open(box, Entry));
        Assert.Null(MasterKeys.Parse(ManagementWorld.NextMasterKey.Replace("k2", "k1", StringComparison.Ordinal)).Open(box, Entry));
    }

    [Fact]
    public void The_same_secret_is_sealed_differently_each_time_and_does_not_show()
    {
        var (one, two) = (Old.Seal(Secret, Entry), Old.Seal(Secret, Entry));

        Assert.NotEqual(one, two);
        Assert.False(Convert.FromBase64String(one["k1:".Length..]).AsSpan().IndexOf(Secret) >= 0);
    }

    [Fact]
    public void Any_one_character_changed_does_not_open()
    {
        var box = Old.Seal(Secret, Entry);
        for (var i = 0; i < box.Length; i++)
        {
            var changed = box.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            Assert.Null(Old.Open(new string(changed), Entry));
        }

        Assert.All(["", ":", "k1:", "k1:AAAA", "k1:?", box[..^4]], text => Assert.Null(Old.Open(text, Entry)));
    }

    [Fact]
    public void The_first_key_seals_and_what_another_sealed_is_old()
    {
        var both = MasterKeys.Parse($"{ManagementWorld.NextMasterKey}, {ManagementWorld.MasterKey}");

        Assert.StartsWith("k2:", both.Seal(Secret, Entry), StringComparison.Ordinal);
        Assert.Equal((true, false, false), (both.IsOld(Old.Seal(Secret, Entry)), both.IsOld(both.Seal(Secret, Entry)), MasterKeys.None.IsOld(Old.Seal(Secret, Entry))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    [InlineData("k1:AAECAwQFBgcICQoLDA0ODw==")]
    [InlineData("k1:not base64")]
    [InlineData("k 1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    [InlineData("k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=,k1:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=")]
    public void What_is_no_list_of_keys_is_refused_and_not_repeated(string text)
    {
        var problem = Assert.Throws<FormatException>(() => MasterKeys.Parse(text));

        Assert.DoesNotContain("AAEC", problem.Message, StringComparison.Ordinal);
    }
}

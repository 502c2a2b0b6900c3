using System.Text;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Kafka;

public sealed class Murmur2Tests
{
    // org.apache.kafka.common.utils.UtilsTest.testMurmur2
    [Theory]
    [InlineData("21", -973932308)]
    [InlineData("foobar", -790332482)]
    [InlineData("a-little-bit-long-string", -985981536)]
    [InlineData("a-little-bit-longer-string", -1486304829)]
    [InlineData("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971)]
    [InlineData("abc", 479470107)]
    public void It_hashes_as_Kafkas_own_test_says(string key, int hash) => Assert.Equal(hash, Murmur2.Hash(Encoding.UTF8.GetBytes(key)));

    [Fact]
    public void A_negative_hash_is_made_positive_by_dropping_its_sign_bit() => Assert.Equal((-973932308 & 0x7fffffff) % 12, Murmur2.PartitionOf("21", 12));
}

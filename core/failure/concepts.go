package failure

import "strings"

// concept is something that a sentence can be about. A set of them is a topic.
type concept uint32

const (
	onContext concept = 1 << iota // how much the model reads
	onInput                       // what is sent
	onTokens
	onOutput // how much is asked for
	onExcess // too long
	onLimit
	onMedia // images and files, whose limits are others
	onRate
	onLater // for the moment
	onAccount
	onMoney
	onQuota
	onPeriod // limits of days and sessions
	onGone   // used up
	onBalancer
	onKey
	onBad
	onModel
	onAbsent
	onPart // of a request
	onWrong
	onSafety
	onContent
	onCase
	onUpstream // whoever is behind the server
	onStream
	onCut
	onFails
)

// concepts are the words by which concepts are known, compared as the phrases of
// the rules are. Chinese ones are those of the large providers there and of the
// gateways made there.
var concepts = [...]struct {
	is concept
	// phrases are separated by |, as a list of strings would weigh much more.
	phrases string
}{
	{onContext, "context length|context window|context size|context limit|context token|input length|prompt length|" +
		"sequence length|model length|n ctx|prompt token|input token|上下文|输入长度"},
	{onInput, "prompt|input|conversation|messages|request body|history|输入|提示词|请求内容"},
	{onTokens, "tokens|token count|token limit|token 数"},
	{onOutput, "max tokens|max new tokens|completion tokens|output tokens"},
	{onExcess, "exceed|longer than|larger than|too long|too large|too many|too big|overflow|does not fit|超过|超出|过长|" +
		"超长|太长|超限"},
	{onLimit, "limit|max|range of|only|greater than|less than|fewer than|truncate|最大|上限|限制"},
	{onMedia, "image|file|pixel|audio|video|图片|文件"},
	{onRate, "rate limit|too many requests|throttl|per min|per second|calls minute|rpm|tpm|qps|concurren|frequen|" +
		"rate exceeded|request rate|call rate|number of requests|too many tokens please wait|频率|频繁|速率|限流|并发|" +
		"每分钟|每秒|过快|请求过多"},
	{onLater, "try again|retry|temporar|currently|right now|at the moment|cooldown|稍后|暂时|重试"},
	{onAccount, "your account"},
	{onMoney, "balance|credit|funds|recharge|budget|spending cap|spend cap|free allocation|subscription|" +
		"premium request|model quota|余额|额度|资源包|套餐"},
	{onQuota, "quota|billing|配额|限额"},
	{onPeriod, "daily|per day|weekly|per week|monthly|per month|hourly|session|hour limit|today|每日|每天|今日|当日|每周|本周|" +
		"每月|本月|小时"},
	{onGone, "insufficient|not enough|exhausted|deplet|used up|used all|out of|run out|ran out|exceed|reached|" +
		"hit your|too low|negative|t have any|suspended|expired|requires more|afford|" +
		"预扣|不足|用尽|用完|耗尽|已达|达到|超过|超出|到期"},
	{onBalancer, "load balanc"},
	{onKey, "api key|apikey|access token|auth token|bearer|credential|authorization|密钥|令牌"},
	{onBad, "invalid|incorrect|missing|expired|wrong|malformed|revoked|not valid|not found|not provided|" +
		"t provide|required|disabled|not exist|deactivated|无效|错误|过期|不正确|未提供|不存在"},
	{onModel, "model|deployment|模型"},
	{onAbsent, "not found|not exist|t exist|not have access|no access|not available|is not supported|not enabled|" +
		"no longer|deprecated|no available channel|不存在|未找到|未开通|不支持的模型|已下线|无可用渠道"},
	{onPart, "parameter|argument|field|value|tool|function|json|schema|response format|temperature|reasoning|" +
		"thinking|stream|参数"},
	{onWrong, "invalid|unknown|unsupported|not supported|unexpected|missing|required|malformed|错误|无效|非法"},
	{onSafety, "sensitive|safety|moderation|inappropriate|harmful|unsafe|flagged|blocked by|违规|违法|不当|安全|风险"},
	{onContent, "content|input|output|prompt|response|内容|输入|输出"},
	{onCase, "case sensitive"},
	{onUpstream, "upstream|gateway|origin|上游"},
	{onStream, "stream|response body|流"},
	{onCut, "disconnect|connect error|server error|request failed|valid json|reset|timed out|timeout|" +
		"closed|ended|refused|interrupt|incomplete|terminated|aborted|eof|断开|中断|超时"},
	{onFails, "fail|error|异常|失败|错误"},
}

// topics returns what each sentence is about.
func (w *Words) topics() []concept {
	topics := make([]concept, len(w.ends))
	for _, c := range concepts {
		for rest := c.phrases; rest != ""; {
			var phrase string
			phrase, rest, _ = strings.Cut(rest, "|")
			sentence := 0
			for from := 0; ; {
				i := w.find(phrase, from)
				if i < 0 {
					break
				}
				for w.ends[sentence] <= i {
					sentence++
				}
				topics[sentence] |= c.is
				from = w.ends[sentence]
			}
		}
	}
	return topics
}

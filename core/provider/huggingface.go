package provider

// huggingFace: the router to inference providers, whose errors it passes on, and
// endpoints of one's own, where TGI, vLLM or llama.cpp answer. Its own errors are
// {"error":"a sentence"} or OpenAI's shape; a 402 is the month's credit used up.
//
// Source: huggingface.co, Inference Providers "Pricing and billing";
// huggingface/agents-course#386.
var huggingFace = definition{
	id:    "huggingface",
	name:  "Hugging Face",
	hosts: []string{"router.huggingface.co", "api-inference.huggingface.co", "endpoints.huggingface.cloud"},
}

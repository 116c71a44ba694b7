// Loads the agent in its first line, as a program without influence on its command line does.

require('perfagent/register')

const { serve } = require('./lib')

serve({ '/slow': () => new Promise(resolve => setTimeout(resolve, 100, 'late')) })
